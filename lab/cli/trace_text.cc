#include "cli/trace_text.h"

#include <fmt/format.h>

#include "guest_asm/layout.h"
#include "image/disassemble.h"
#include "report/words.h"

namespace siglab::cli {
namespace {

// On a narrow terminal the instruction gives way to the source, which says the same with names, until both are cut.
constexpr size_t kGoodSource = 32;
constexpr size_t kMinInstruction = 20;
constexpr size_t kMinSource = 12;
constexpr size_t kMaxPeriod = 64;

// A g by its name, as a debugger would show it.
std::string named_g(std::optional<uint64_t> value) {
	if (!value) return "-";
	switch (*value) {
		case 0: return "empty";
		case CURG: return "curg";
		case G0: return "g0";
		case GSIGNAL: return "gsignal";
		default: return fmt::format("{:#x}", *value);
	}
}

// Where a handler would find g now, in the order in which it would like to.
std::string_view holder_of_g(const TraceLine& line) {
	if (line.g_register == line.owner) return "register";
	if (line.tls == line.owner) return "TLS";
	return line.slot == line.owner ? "slot" : "nobody";
}

struct Row {
	std::string boundary, pc, where, instruction, slot, source;
	bool dirty = false;
	std::string_view holder;
};

Row row_of(const World& world, const TraceLine& line) {
	Row row{.boundary = fmt::format("{}{}", std::string(line.depth, 'h'), line.boundary), .pc = fmt::format("{:#x}", line.pc),
	        .where = world.describe({line.pc}), .instruction = "?", .slot = named_g(line.slot), .source = {},
	        .dirty = line.g_register != line.owner, .holder = holder_of_g(line)};
	const World::Site site = world.site({line.pc});
	if (site.image == nullptr) return row;
	row.instruction = disassemble(*site.image, site.offset, site.image->thumb(site.offset)).text;
	if (const SourceLine* from = site.image->line(site.offset)) row.source = fmt::format("{}: {}", from->number, shown(from->text));
	return row;
}

std::string event_text(const TraceLine& line) {
	const std::string at = fmt::format("{}{}", std::string(line.depth, 'h'), line.boundary);
	const std::string_view signal = line.signal ? signal_name(*line.signal) : "";
	switch (line.told) {
		case Told::taken: return fmt::format("SIG{} is taken at boundary {}: its handler's walk", signal, at);
		case Told::pending: return fmt::format("SIG{} is sent at boundary {}, where it is masked: it stays pending", signal, at);
		case Told::ticked: return fmt::format("the clock moves at boundary {}", at);
		case Told::returned: return fmt::format("the handler has returned: boundary {} again", at);
		case Told::left: return fmt::format("the handler has jumped out, without a return: boundary {} goes on elsewhere", at);
		case Told::boundary: break;
	}
	return {};
}

class Table {
   public:
	Table(const World& world, const Trace& trace, const Boundaries& boundaries, const Terminal& terminal) : trace_(trace), terminal_(terminal) {
		uint32_t at = 0;
		for (const TraceLine& line : trace.lines) {
			if (line.depth == 0) at = line.boundary;
			shown_.push_back(boundaries.from <= at && at <= boundaries.upto);
			rows_.push_back(line.told == Told::boundary ? row_of(world, line) : Row{});
			where_ = std::max(where_, rows_.back().where.size());
			instruction_ = std::max(instruction_, rows_.back().instruction.size());
			slot_ = std::max(slot_, rows_.back().slot.size());
		}
		while (source_width() < kGoodSource && instruction_ > kMinInstruction) --instruction_;
	}

	std::string text() const {
		std::string out = terminal_.in(Ink::bold, stripped(left({.boundary = "at", .pc = "pc", .where = "symbol", .instruction = "instruction"}) +
		                               fmt::format("g reg  {:<{}}  g is in   our source", "slot", slot_))) + "\n";
		const size_t shown_rows = without_repeats();
		for (size_t i = 0; i < shown_rows; ++i) {
			const TraceLine& line = trace_.lines[i];
			if (!shown_[i]) continue;
			out += line.told == Told::boundary ? told(rows_[i]) : event(event_text(line));
		}
		if (shown_rows < rows_.size()) out += event(fmt::format("and so on: {} boundaries more of the same", rows_.size() - shown_rows));
		if (trace_.end.kind != EndKind::completed) out += event(trace_.end.text);
		return out;
	}

   private:
	std::string left(const Row& row) const {
		return fmt::format("{:>5}  {:>7}  {:<{}}  {:<{}}  ", row.boundary, row.pc, row.where, where_, shortened(row.instruction, instruction_),
		                   instruction_);
	}

	[[nodiscard]] size_t source_width() const {
		if (terminal_.width == 0) return std::string::npos;
		const size_t used = 5 + 2 + 7 + 2 + where_ + 2 + instruction_ + 2 + 5 + 2 + slot_ + 2 + 8 + 2;
		return terminal_.width > used + kMinSource ? terminal_.width - used : kMinSource;
	}

	std::string told(const Row& row) const {
		const std::string head = left(row);
		const std::string middle = fmt::format("  {:<{}}  {:<8}  ", row.slot, slot_, row.holder);
		const std::string source = shortened(row.source, source_width());
		const std::string state = row.dirty ? terminal_.in(Ink::red, "DIRTY") : "clean";
		if (!terminal_.colour) return stripped(head + state + middle + source) + "\n";
		return head + state + middle + terminal_.in(Ink::dim, source) + "\n";
	}

	// A livelock's trace ends in rounds of one loop: of these, two are enough.
	[[nodiscard]] size_t without_repeats() const {
		const size_t all = rows_.size();
		const auto as_before = [this](size_t i, size_t period) {
			if (i < period) return false;
			const TraceLine &now = trace_.lines[i], &then = trace_.lines[i - period];
			return now.pc == then.pc && now.depth == then.depth && now.told == then.told;
		};
		for (size_t period = 1; trace_.end.kind == EndKind::livelock && period <= kMaxPeriod; ++period) {
			size_t begin = all;
			while (begin > 0 && as_before(begin - 1, period)) --begin;
			if (all - begin >= 2 * period) return begin + period;
		}
		return all;
	}

	std::string event(const std::string& text) const { return terminal_.in(Ink::yellow, fmt::format("  ---- {} ----", text)) + "\n"; }

	const Trace& trace_;
	const Terminal& terminal_;
	std::vector<Row> rows_;
	std::vector<bool> shown_;
	size_t where_ = 6, instruction_ = 11, slot_ = 5;
};

}  // namespace

std::string findings_text(const Trace& trace, const Terminal& terminal) {
	if (trace.findings.empty()) return terminal.in(Ink::green, "Every property holds on this run.") + "\n";
	std::string out;
	for (const Finding& finding : trace.findings) {
		const std::string what = fmt::format("{} broken ({})", property_name(finding.verdict.property), kind_name(finding.verdict.kind));
		out += terminal.in(Ink::red, what) + (finding.cause ? "\n" : ": a consequence\n");
		out += fmt::format("  expected  {}\n  observed  {}\n", finding.expected, finding.observed);
	}
	return out;
}

std::string trace_text(const World& world, const Trace& trace, const Boundaries& boundaries, const Terminal& terminal) {
	return Table(world, trace, boundaries, terminal).text() + '\n' + findings_text(trace, terminal);
}

}  // namespace siglab::cli
