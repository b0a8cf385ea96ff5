// The page: what its address names is shown; keys go to what is shown.
//
//   #matrix   #museum   #story:INDEX:fails|holds@POSITION   #ISA:VARIANT:FUNCTION:CALLER:VDSO:WORLD:SIGNAL@BOUNDARY+INSIDE

import { el, fill } from "./dom.js";
import { Data } from "./film_data.js";
import { make_film_how } from "./film_how.js";
import { make_help } from "./help.js";
import { make_matrix } from "./matrix.js";
import { StoryView, make_museum } from "./museum.js";
import { unpack } from "./unpack.js";
import { WalkView, walk_key } from "./walk.js";

const THEMES = ["auto", "light", "dark"];

class Page {
	constructor(data) {
		this.data = data;
		this.main = document.querySelector("main");
		this.help = make_help();
		this.theme_button = el("button", { type: "button", onclick: () => this.next_theme() });
		this.theme(THEMES[0]);
		document
			.querySelector("nav")
			.append(
				el("a", { href: "#matrix" }, "Matrix"),
				el("a", { href: "#museum" }, "Museum"),
				this.theme_button,
				el("button", { type: "button", onclick: () => this.help.showModal() }, "Keys and words (?)"),
			);
		this.film_how = make_film_how();
		document.body.append(this.help, this.film_how.dialog);
		addEventListener("hashchange", () => this.route());
		addEventListener("keydown", (event) => this.key(event));
		this.route();
		performance.mark("siglab-ready");
		document.documentElement.dataset.ready = "yes";
	}

	show(view, node, title) {
		this.view?.player?.pause();
		this.view = view;
		fill(this.main, node);
		view?.player?.update(); // what it scrolls to needs its place
		document.title = `siglab: ${title}`;
		for (const link of document.querySelectorAll("nav a")) {
			if (link.hash === this.section) link.setAttribute("aria-current", "page");
			else link.removeAttribute("aria-current");
		}
		scrollTo(0, 0);
		if (this.routed) node.querySelector("h2")?.focus({ preventScroll: true });
		this.routed = true;
	}

	route() {
		const hash = location.hash.slice(1) || "matrix";
		if (hash === this.written) return;
		this.written = null;
		this.section = `#${hash.startsWith("story:") ? "museum" : hash}`;
		const [place, at = "0"] = hash.split("@");
		const parts = place.split(":").map(decodeURIComponent);
		if (parts[0] === "story" && this.data.exhibits[parts[1]]?.[parts[2]]?.story !== undefined)
			return this.story(Number(parts[1]), parts[2], Number(at) || 0);
		if (parts[0] === "museum") return this.show(null, make_museum(this.data), "the museum");
		const walk = this.data.walks.find((one) => walk_key(one) === place.split(":").slice(0, 6).join(":"));
		if (walk) return this.walk(walk, parts[6], at);
		this.section = "#matrix";
		this.show(null, make_matrix(this.data, this.film_how.show), "the matrix");
	}

	walk(walk, signal, at) {
		this.section = "#matrix";
		const [boundary, inside] = at.split("+");
		const view = new WalkView(
			this.data,
			walk,
			{ signal, at: Number(boundary) || 0, inside: inside === undefined ? null : Number(inside) || 0 },
			(now) => {
				const place = now.place();
				this.write(
					`${walk_key(now.walk)}:${place.signal}@${place.at}${place.inside === null ? "" : `+${Math.max(0, place.inside)}`}`,
				);
			},
		);
		this.show(view, view.node, `${walk.isa} ${walk.variant} ${walk.vdso}`);
	}

	story(index, side, at) {
		const view = new StoryView(this.data, index, side, at, (now) => this.write(`story:${index}:${side}@${now.player?.tape.at ?? at}`));
		this.show(view, view.node, this.data.exhibits[index].id);
	}

	// The address follows, so that it can be kept and sent; but no step is one of the browser's history.
	write(hash) {
		clearTimeout(this.writing);
		const from = location.hash;
		this.writing = setTimeout(() => {
			if (location.hash !== from) return; // somebody has gone elsewhere, and is not there yet
			this.written = hash;
			history.replaceState(null, "", `#${hash}`);
		}, 150);
	}

	theme(name) {
		this.chosen = name;
		if (name === "auto") delete document.documentElement.dataset.theme;
		else document.documentElement.dataset.theme = name;
		this.theme_button.textContent = `Theme: ${name}`;
	}

	next_theme() {
		this.theme(THEMES[(THEMES.indexOf(this.chosen) + 1) % THEMES.length]);
	}

	key(event) {
		if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
		const on = event.target;
		// What an element does with a key of its own, it does.
		if (
			on.matches("select, input[type=range]") &&
			(event.key.startsWith("Arrow") ||
				event.key.startsWith("Page") ||
				event.key === "Home" ||
				event.key === "End" ||
				event.key === " ")
		)
			return;
		if (on.matches("select, dialog *")) return;
		if (on.matches("a, button, summary") && (event.key === " " || event.key === "Enter")) return;
		if (on.matches(".scroll, .table-box, pre") && /^(Page|Home|End)/.test(event.key)) return;
		const actions = {
			m: () => {
				location.hash = "#matrix";
			},
			u: () => {
				location.hash = "#museum";
			},
			t: () => this.next_theme(),
			"?": () => this.help.showModal(),
		};
		const used = actions[event.key] ? (actions[event.key](), true) : this.view?.key(event);
		if (used) event.preventDefault();
	}
}

unpack(document.getElementById("data").textContent).then(
	(data) => new Page(new Data(data)),
	(error) => document.querySelector("main").append(el("p", { role: "alert" }, `This browser cannot unpack the page's data (${error}). One of 2023 or later can.`)),
);
