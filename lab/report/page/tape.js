// A tape: one film as positions that can be stepped through in both directions.
//
// A position is the state after a step of the film (the first one: before any). Its PC is the next instruction. Going on applies a step's
// changes, going back takes them away, so no state is kept twice. docs/record.md has the form of a step.

export function parse_ranges(text) {
	const numbers = [];
	for (const piece of text.split(" ")) {
		if (piece === "") continue;
		const [first, last] = piece.split("-").map(Number);
		for (let number = first; number <= (last ?? first); ++number) numbers.push(number);
	}
	return numbers;
}

// "take PROF 102f8 sp=66da0 @66da8=$x19" in its parts.
export function parse_step(text) {
	const words = text.split(" ");
	const step = { verb: "step", signal: null, pc: "", sets: [] };
	if (["take", "pend", "tick", "return", "leave"].includes(words[0])) step.verb = words.shift();
	if (step.verb === "take" || step.verb === "pend") step.signal = words.shift();
	step.pc = words.shift();
	step.sets = parse_sets(words);
	return step;
}

export function parse_sets(words) {
	return words
		.filter((word) => word !== "")
		.map((word) => {
			const at = word.indexOf("=");
			return [word.slice(0, at), word.slice(at + 1)];
		});
}

const number = (text) => BigInt(`0x${text}`);

// A value as a step has it: a number, or what the interrupted code has in a register, or what its PC makes with a number.
function value_of(text, interrupted, mask) {
	if (!text.startsWith("$")) return number(text);
	const made = /^\$pc([-^])(.*)$/.exec(text);
	if (!made) return interrupted.get(text.slice(1));
	const pc = interrupted.get("pc");
	return made[1] === "^" ? pc ^ number(made[2]) : (pc - number(made[2])) & mask;
}

export class Tape {
	// `steps`: parsed, the first of them says all registers. `stage`, `machine`: of the film.
	constructor(stage, machine, steps) {
		this.stage = stage;
		this.machine = machine;
		this.registers = new Map();
		this.memory = new Map();
		this.positions = [];
		this.at = 0;
		this.mask = (1n << BigInt(8 * machine.word)) - 1n;
		this.names = new Map(Object.entries(stage.names).map(([address, name]) => [name, BigInt(address)]));
		this.regions = stage.regions.map((region) => ({ ...region, begin: BigInt(region.begin), end: BigInt(region.end) }));
		for (const [name, value] of parse_sets(stage.memory.split(" "))) this.memory.set(number(name.slice(1)), number(value));
		this.#record(steps);
		this.seek(0);
	}

	get length() {
		return this.positions.length;
	}
	get position() {
		return this.positions[this.at];
	}

	// Goes to a position.
	seek(to) {
		const target = Math.max(0, Math.min(this.length - 1, to));
		while (this.at < target) this.#apply(this.positions[++this.at].changes, "now");
		while (this.at > target) this.#apply(this.positions[this.at--].changes, "old");
		return this.position;
	}

	register(name) {
		return this.registers.get(name) ?? 0n;
	}

	region(address) {
		return this.regions.find((region) => region.begin <= address && address < region.end);
	}

	// The word at an aligned address, as it is now.
	word(address) {
		const known = this.memory.get(address);
		if (known !== undefined) return known;
		const fill = BigInt(this.region(address)?.fill ?? 0);
		let value = 0n;
		for (let i = 0; i < this.machine.word; ++i) value = (value << 8n) | fill;
		return value;
	}

	// `width` bytes at any address.
	read(address, width) {
		const size = BigInt(this.machine.word);
		let value = 0n;
		for (let i = 0n; i < BigInt(width); ++i) {
			const at = address + i;
			const byte = (this.word(at - (at % size)) >> (8n * (at % size))) & 0xffn;
			value |= byte << (8n * i);
		}
		return value;
	}

	named(name) {
		const address = this.names.get(name);
		return address === undefined ? undefined : this.word(address);
	}

	#apply(changes, side) {
		for (const change of changes) {
			if (change.address !== undefined) {
				if (change[side] === undefined) this.memory.delete(change.address);
				else this.memory.set(change.address, change[side]);
			} else {
				this.registers.set(change.name, change[side]);
			}
		}
	}

	// Runs the film once and notes what each step changed.
	#record(steps) {
		let open = []; // interrupted code, the innermost last
		let boundary = 0;
		const boundaries = []; // of the code that open handlers have interrupted
		for (const [index, step] of steps.entries()) {
			if (step.verb === "take") {
				open = [...open, { registers: new Map(this.registers), signal: step.signal, boundary, owner: this.register("owner") }];
				boundaries.push(boundary);
			}
			const whom = open.at(-1);
			const changes = index === 0 ? [] : this.#changes(step, whom);
			if (index === 0) this.#start(step);
			this.#apply(changes, "now");
			if (step.verb === "take") {
				whom.frame = this.register("sp");
				boundary = 0;
			} else if (step.verb === "return") {
				open = open.slice(0, -1);
				boundary = boundaries.pop();
			} else if (step.verb === "leave") {
				open = [];
				boundary = boundaries[0];
				boundaries.length = 0;
			} else if (step.verb === "step" && index > 0) {
				boundary += 1;
			}
			this.positions.push({
				index,
				verb: step.verb,
				signal: step.signal,
				changes,
				open,
				boundary,
				depth: open.length,
				...this.#seen(open),
			});
		}
		this.at = this.length - 1;
	}

	#start(step) {
		for (const [name, value] of step.sets) this.registers.set(name, number(value));
		this.registers.set("pc", number(step.pc));
	}

	#changes(step, whom) {
		const next = new Map();
		if (step.verb === "return") for (const name of this.machine.registers) next.set(name, whom.registers.get(name));
		const pc = step.pc === "$pc" ? whom.registers.get("pc") : number(step.pc);
		const changes = [];
		for (const [name, text] of step.sets) {
			const value = value_of(text, whom?.registers, this.mask);
			if (name.startsWith("@")) {
				const address = number(name.slice(1));
				changes.push({ address, old: this.memory.get(address), now: value, was: this.word(address) });
			} else {
				next.set(name, value);
			}
		}
		next.set("pc", pc);
		for (const [name, value] of next) {
			const old = this.registers.get(name) ?? 0n;
			if (old !== value) changes.push({ name, old, now: value });
		}
		return changes;
	}

	// What the strip shows of a position, and who holds g in it.
	#seen(open) {
		const owner = this.register("owner");
		const slot = this.named("slot"),
			tls = this.named("TLS g");
		return {
			pc: this.register("pc"),
			owner,
			sp: this.register("sp"),
			in_register: this.register(this.machine.g) === owner,
			in_slot: slot !== undefined && slot === owner,
			in_tls: tls !== undefined && tls === owner,
			on_stack: this.#on_stacks(owner, open),
			vdso_sp: this.named("m.vdsoSP") ?? 0n,
		};
	}

	// The address of a live word of a stack in use, or of one that open handlers have interrupted, that holds the owner's g.
	#on_stacks(owner, open) {
		const tops = [this.register("sp"), ...open.map((one) => one.registers.get("sp")).reverse()];
		for (const sp of tops) {
			const at = this.#on_stack(owner, sp);
			if (at !== undefined) return at;
		}
		return undefined;
	}

	#on_stack(owner, sp) {
		const stack = this.region(sp);
		if (!stack) return undefined;
		for (let address = sp - (sp % BigInt(this.machine.word)); address < stack.end; address += BigInt(this.machine.word)) {
			if (this.memory.get(address) === owner) return address;
			if (address - sp > 512n) break;
		}
		return undefined;
	}
}
