// The members of the record, in the order in which they stand. Printer and reader both go by these lists, so they can't disagree.
#pragma once

#include <concepts>
#include <optional>
#include <string_view>

#include "record/film_members.h"
#include "record/record.h"

namespace siglab {

template <class T>
concept Members = requires(T value) { list_members(value, [](std::string_view, auto&) {}); };

template <Same<ViolationRecord> T, class F>
void list_members(T& v, F&& member) {
	member("boundary", v.boundary);
	member("at", v.at);
	member("pc", v.pc);
	member("symbol", v.symbol);
	member("property", v.verdict.property);
	member("kind", v.verdict);  // after the property: kinds of two properties may share a name
	member("expected", v.expected);
	member("observed", v.observed);
	member("cause", v.cause);
	member("window", v.window);
	member("token", v.token);
}

template <Same<CodeLine> T, class F>
void list_members(T& line, F&& member) {
	member("symbol", line.symbol);
	member("text", line.text);
	member("line", line.line);
	member("source", line.source);
}

template <Same<WalkRecord> T, class F>
void list_members(T& walk, F&& member) {
	member("code", walk.code);
	member("pc", walk.pc);
	member("inside_it", walk.inside_it);
	member("inside_it_by", walk.inside_it_by);
	member("dirty", walk.dirty);
}

template <Same<ClosedSet> T, class F>
void list_members(T& set, F&& member) {
	member("search", set.search);
	member("images", set.images);
	member("start", set.start);
	member("signals", set.signals);
	member("states", set.states);
	member("digest", set.digest);
}

template <Same<RunRecord> T, class F>
void list_members(T& run, F&& member) {
	member("isa", run.isa);
	member("variant", run.variant);
	member("function", run.function);
	member("caller", run.caller);
	member("vdso", run.vdso);
	member("world", run.world);
	member("signal", run.signal);
	member("calls", run.calls);
	member("walk", run.walk);
	member("budget", run.budget);
	member("nesting", run.nesting);
	member("ticks", run.ticks);
	member("boundaries", run.boundaries);
	member("states", run.states);
	member("bytes", run.bytes);
	member("injections", run.injections);
	member("fired", run.fired);
	member("masked", run.masked);
	member("not_injected", run.not_injected);
	member("nested", run.nested);
	member("nesting_cut", run.nesting_cut);
	member("outcome", run.outcome);
	member("left", run.left);
	member("catalogued", run.catalogued);
	member("relaxed", run.relaxed);
	member("not_applicable", run.not_applicable);
	member("violations", run.violations);
	member("deviations", run.deviations);
}

template <Same<ExhibitRecord> T, class F>
void list_members(T& exhibit, F&& member) {
	member("id", exhibit.id);
	member("title", exhibit.title);
	member("what", exhibit.what);
	member("so", exhibit.so);
	member("property", exhibit.verdict.property);
	member("kind", exhibit.verdict);
	member("fails", exhibit.fails);
	member("holds", exhibit.holds);
}

// Between the version, which stands first, and the hash, which stands last.
template <Same<Record> T, class F>
void list_members(T& record, F&& member) {
	member("command", record.command);
	member("outcome", record.outcome);
	member("code", record.code);
	member("walks", record.walks);
	member("closed", record.closed);
	member("runs", record.runs);
	member("exhibits", record.exhibits);
	member("film", record.film);
}

// The kinds that a property can break in: `first` .. `last` of the enumeration.
struct Kinds {
	Kind first, last;
};
constexpr Kinds kinds_of(Property property) {
	switch (property) {
		case Property::recovers_g: return {Kind::wrong, Kind::nil};
		case Property::transparent_return: return {Kind::registers, Kind::kernel};
		case Property::slot_discipline: return {Kind::value, Kind::place};
		case Property::traceback: return {Kind::zero, Kind::no_pc};
		case Property::time_correct: return {Kind::bogus, Kind::bogus};
		case Property::abi: return {Kind::vdso_registers, Kind::stack};
		case Property::alive: return {Kind::fault, Kind::refused};
		case Property::fired: return {Kind::missed, Kind::elsewhere};
		case Property::g_in_register: return {Kind::stale, Kind::stale};
		case Property::vdso_used: break;
	}
	return {Kind::unused, Kind::unused};
}

inline std::optional<Kind> parse_kind(Property property, std::string_view name) {
	const Kinds kinds = kinds_of(property);
	for (int kind = static_cast<int>(kinds.first); kind <= static_cast<int>(kinds.last); ++kind) {
		if (kind_name(static_cast<Kind>(kind)) == name) return static_cast<Kind>(kind);
	}
	return std::nullopt;
}

}  // namespace siglab
