// README's pictures, from a real page: node tests/page/screenshots.mjs PAGE.html FOLDER.

import { join, resolve } from "node:path";
import { open_page } from "./fixture.mjs";

const [path, folder] = process.argv.slice(2);
const WALK = "#arm64:v3:nanotime1:curg:clobber-g:go:PROF@40";

// Name, place, what else to ask for, and how much of the page is shown.
const PICTURES = [
	["matrix", "#matrix", { height: 800 }],
	["walk", WALK, { height: 900 }],
	["handler", `${WALK}+61`, { height: 900, scheme: "dark" }],
	["story", "#story:6:fails@200", { height: 900 }],
];

for (const [name, place, options] of PICTURES) {
	const tab = await open_page(resolve(path), place, options);
	await tab.page.waitForTimeout(300);
	await tab.page.screenshot({ path: join(folder, `${name}.png`) });
	await tab.done();
}
