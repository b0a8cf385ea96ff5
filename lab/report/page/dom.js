// Elements, made in one call. All text goes in as text: a record may come from anywhere.

// el("a.strong", {href: "#x", onclick: f, "aria-label": "..."}, child, [children], "text"). Attributes that are null or false are left out.
export function el(what, attributes = {}, ...children) {
	const [tag, ...classes] = what.split(".");
	const node = document.createElement(tag || "div");
	if (classes.length > 0) node.className = classes.join(" ");
	for (const [name, value] of Object.entries(attributes)) {
		if (value === null || value === undefined || value === false) continue;
		if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
		else if (name === "class") node.className += ` ${value}`;
		else node.setAttribute(name, value === true ? "" : value);
	}
	node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
	return node;
}

export function fill(node, ...children) {
	node.replaceChildren(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
	return node;
}

// A panel with a heading that can be found by a screen reader.
export function panel(name, title, ...children) {
	const id = `panel-${name}`;
	return el("section.panel", { class: `p-${name}`, "aria-labelledby": id }, el("h3", { id }, title), ...children);
}

// Brings a row of a scrolling box into view without moving the page.
export function show_in(box, row) {
	const top = row.getBoundingClientRect().top - box.getBoundingClientRect().top;
	const margin = box.clientHeight / 3;
	if (top < margin / 2 || top + row.offsetHeight > box.clientHeight - margin / 2) box.scrollTop += top - margin;
}
