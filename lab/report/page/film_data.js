// The page's data: walks with their films, and what is said of them.

import { Tape, parse_ranges, parse_step, parse_sets } from "./tape.js";

// One image's functions and code, over all images of a film.
class Code {
	constructor(listings) {
		this.lines = new Map(); // address -> {text, line, listing}
		this.functions = []; // rising
		for (const [name, listing] of listings) {
			const kind = name.split(":")[1] === "vdso" ? "vdso" : name.endsWith(":sigpage") ? "kernel" : "guest";
			for (const [address, line] of Object.entries(listing.code))
				this.lines.set(BigInt(address), { ...line, address: BigInt(address), listing: name });
			for (const [address, title] of Object.entries(listing.functions))
				this.functions.push({ begin: BigInt(address), name: title, kind, listing: name });
		}
		this.functions.sort((a, b) => (a.begin < b.begin ? -1 : a.begin > b.begin ? 1 : 0));
		this.listings = new Map(listings);
	}

	line(pc) {
		return this.lines.get(pc);
	}

	function_at(pc) {
		const line = this.lines.get(pc);
		if (!line) return undefined;
		return this.functions.findLast((one) => one.begin <= pc && one.listing === line.listing);
	}

	describe(pc) {
		const one = this.function_at(pc);
		if (!one) return `0x${pc.toString(16)}`;
		const name = one.kind === "vdso" ? `vdso:${one.name}` : one.name;
		return pc === one.begin ? name : `${name}+0x${(pc - one.begin).toString(16)}`;
	}

	// "go", "trampoline", "vdso", "handler", "kernel": where a position is. A handler's own clock call is the handler's.
	where(pc, depth) {
		const one = this.function_at(pc);
		if (one?.kind === "vdso" || one?.kind === "kernel") return one.kind;
		if (depth > 0) return "handler";
		return one && /^runtime\.(nanotime1|walltime1|vdsoCall)/.test(one.name) ? "trampoline" : "go";
	}
}

class Film {
	constructor(record) {
		this.record = record;
		this.parsed = [];
		this.codes = new Map();
	}

	step(number) {
		return (this.parsed[number] ??= parse_step(this.record.steps[number]));
	}

	code(shot) {
		const key = shot.listings.join(" ");
		if (!this.codes.has(key)) this.codes.set(key, new Code(shot.listings.map((name) => [name, this.record.listings[name]])));
		return this.codes.get(key);
	}

	steps(reel) {
		return parse_ranges(this.record.reels[reel].steps);
	}

	tape(shot, numbers) {
		const steps = [shot.start, ...numbers].map((number) => this.step(number));
		return new Tape(this.record.stages[shot.stage], this.record.machines[shot.isa], steps);
	}
}

export class Data {
	constructor(json) {
		Object.assign(this, json);
		this.filmed = json.films.map((record) => new Film(record));
		this.tapes = new Map();
	}

	film(of) {
		return this.filmed[of.film];
	}
	take(walk) {
		return this.film(walk).record.walks[walk.take];
	}
	code(walk) {
		return this.film(walk).code(this.take(walk).shot);
	}

	// The undisturbed walk.
	tape(walk) {
		const shot = this.take(walk).shot;
		if (!this.tapes.has(walk)) this.tapes.set(walk, this.film(walk).tape(shot, this.film(walk).steps(shot.reel)));
		return this.tapes.get(walk);
	}

	walk_end(walk) {
		return this.film(walk).record.reels[this.take(walk).shot.reel].end;
	}

	signals(walk) {
		return this.take(walk).deliveries.map((one) => one.signal);
	}

	// The reel of a delivery: null where the signal is masked.
	reel(walk, signal, boundary) {
		const number = this.take(walk).deliveries.find((one) => one.signal === signal)?.reels[boundary] ?? null;
		return number === null ? null : { number, ...this.film(walk).record.reels[number] };
	}

	// Why there is no reel.
	why_not(walk, boundary) {
		return walk.inside_it.includes(boundary) ? "not tried: in an IT block" : "masked";
	}

	// The walk up to that boundary, and the handler's run behind it.
	delivered(walk, signal, boundary) {
		const shot = this.take(walk).shot;
		const before = this.film(walk).steps(shot.reel).slice(0, boundary);
		const reel = this.reel(walk, signal, boundary);
		return this.film(walk).tape(shot, [...before, ...this.film(walk).steps(reel.number)]);
	}

	left(reel) {
		return parse_sets(reel.left.split(" ")).map(([name, value]) => ({
			address: BigInt(`0x${name.slice(1)}`),
			value: BigInt(`0x${value}`),
		}));
	}

	story(exhibit, side) {
		const story = this.film(exhibit).record.stories[exhibit[side].story];
		const film = this.film(exhibit);
		return {
			story,
			tape: film.tape(story.shot, film.steps(story.shot.reel)),
			code: film.code(story.shot),
			end: film.record.reels[story.shot.reel].end,
		};
	}

	run(walk, signal) {
		return walk.runs.find((run) => run.signal === signal);
	}

	// What breaks by that signal at each boundary: lists of findings. What breaks without one stands where it shows, as `always`.
	outcomes(walk, signal) {
		const run = this.run(walk, signal);
		const all = Array.from({ length: this.tape(walk).length }, () => ({ broken: [], always: [] }));
		for (const [boundary, at, verdict, expected, observed, cause] of run?.broken ?? []) {
			const finding = {
				boundary,
				at,
				...this.verdicts[verdict],
				expected: this.texts[expected],
				observed: this.texts[observed],
				cause: cause === 1,
			};
			if (boundary >= 0) all[boundary].broken.push(finding);
			else if (all[at]) all[at].always.push(finding);
		}
		return all;
	}

	find(isa, variant, vdso, like) {
		const same = (walk) => walk.isa === isa && walk.variant === variant && walk.vdso === vdso;
		const alike = (walk) => !like || (walk.function === like.function && walk.caller === like.caller && walk.world === like.world);
		return this.walks.find((walk) => same(walk) && alike(walk)) ?? this.walks.find(same);
	}
}

// How bad a boundary is: "loses" g or the process, "breaks" something smaller, or "holds".
export function grade(findings) {
	if (findings.length === 0) return "holds";
	return findings.some((one) => one.letter === "R" || one.letter === "A") ? "loses" : "breaks";
}

// For each position of one walk the one of the other before the same instruction: a longest common subsequence, as lab/explore/places.h.
export function same_places(from, to) {
	const common = Array.from({ length: from.length + 1 }, () => new Uint16Array(to.length + 1));
	for (let i = from.length - 1; i >= 0; --i) {
		for (let j = to.length - 1; j >= 0; --j) {
			common[i][j] = from[i] === to[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
		}
	}
	const places = [];
	for (let i = 0, j = 0; i < from.length;) {
		const same = j < to.length && from[i] === to[j];
		if (!same && j < to.length && common[i][j + 1] > common[i + 1][j]) {
			++j;
			continue;
		}
		places.push({ to: Math.max(0, Math.min(j, to.length - 1)), same });
		++i;
		if (same) ++j;
	}
	return places;
}
