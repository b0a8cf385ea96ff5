// The record as JSON. One list of members for each type, in members.h, drives both directions: what is printed is what is read.
//
// Form      compact; what stands in a list or a table of objects begins a line, so that a diff names the run. Addresses are "0x..." texts:
//           many readers of JSON lose the low bits of a large number.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>

#include "base/text.h"
#include "record/closed_rules.h"
#include "record/json_tree.h"
#include "record/members.h"
#include "record/record.h"
#include "state/state.h"

namespace siglab {
namespace {

class Printer {
   public:
	void value(bool truth) { text_ += truth ? "true" : "false"; }
	void value(uint32_t number) { text_ += fmt::to_string(number); }
	void value(uint64_t address) { fmt::format_to(std::back_inserter(text_), "\"{:#x}\"", address); }
	void value(std::string_view text) { text_ += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace); }
	void value(const Hash128& hash) { value(print_hash(hash)); }
	void value(Property property) { value(property_name(property)); }
	void value(Verdict verdict) { value(kind_name(verdict.kind)); }
	void value(const std::optional<uint32_t>& number) { number ? value(*number) : void(text_ += "null"); }

	template <class T>
	void value(const std::vector<T>& list) {
		std::string_view separator = "";
		text_ += '[';
		for (const T& element : list) {
			text_ += std::exchange(separator, ",");
			if constexpr (Members<const T>) text_ += '\n';
			value(element);
		}
		text_ += ']';
	}

	// A state's number counts in what it says.
	void value(const std::vector<ClosedState>& states) {
		std::string_view separator = "";
		text_ += '[';
		for (uint32_t i = 0; i < states.size(); ++i) {
			fmt::format_to(std::back_inserter(text_), "{}\n\"{}\"", separator, print_state(states[i], i));
			separator = ",";
		}
		text_ += ']';
	}

	template <class Key, class T>
	void value(const std::map<Key, T>& table) {
		std::string_view separator = "";
		text_ += '{';
		for (const auto& [key, element] : table) {
			text_ += std::exchange(separator, ",");
			text_ += '\n';
			value(key);
			text_ += ':';
			value(element);
		}
		text_ += '}';
	}

	template <Members T>
	void value(const T& object) {
		text_ += '{';
		members(object, "", ",");
		text_ += '}';
	}

	template <Members T>
	void members(const T& object, std::string_view first, std::string_view others) {
		std::string_view separator = first;
		list_members(object, [&](std::string_view name, const auto& field) {
			fmt::format_to(std::back_inserter(text_), "{}\"{}\":", std::exchange(separator, others), name);
			value(field);
		});
	}

	[[nodiscard]] std::string take() { return std::move(text_); }

   private:
	std::string text_;
};

// Reads one value after the other into a record. The first thing that is wrong stops it; `error` says where that was.
class Reader {
   public:
	bool value(const Json& json, bool& truth) {
		if (!json.is_boolean()) return refuse("must be true or false");
		truth = json.get<bool>();
		return true;
	}
	bool value(const Json& json, uint32_t& number) {
		constexpr uint64_t kMax = std::numeric_limits<uint32_t>::max();
		if (!json.is_number_unsigned() || json.get<uint64_t>() > kMax) return refuse(fmt::format("must be a whole number from 0 to {}", kMax));
		number = json.get<uint32_t>();
		return true;
	}
	bool value(const Json& json, uint64_t& address) { return json.is_string() ? key(text_of(json), address) : refuse(kAddress); }
	bool value(const Json& json, std::string& text) { return json.is_string() ? key(text_of(json), text) : refuse("must be a text"); }
	bool value(const Json& json, Hash128& hash) {
		const std::optional<Hash128> read = json.is_string() ? parse_hash(text_of(json)) : std::nullopt;
		if (!read) return refuse("must be a hash of 32 hexadecimal digits");
		hash = *read;
		return true;
	}
	bool value(const Json& json, Property& property) {
		const std::optional<Property> known = json.is_string() ? parse_property(text_of(json)) : std::nullopt;
		if (!known) return refuse("must be the name of a property");
		property = *known;
		return true;
	}
	bool value(const Json& json, Verdict& verdict) {
		const std::optional<Kind> known = json.is_string() ? parse_kind(verdict.property, text_of(json)) : std::nullopt;
		if (!known) return refuse(fmt::format("must be the name of a way in which {} breaks", property_name(verdict.property)));
		verdict.kind = *known;
		return true;
	}
	bool value(const Json& json, std::optional<uint32_t>& number) {
		if (json.is_null()) return true;
		return value(json, number.emplace());
	}

	template <class T>
	bool value(const Json& json, std::vector<T>& list) {
		if (!json.is_array()) return refuse("must be a list");
		list.reserve(json.size());
		for (const Json& element : json) {
			if (!value(element, list.emplace_back())) return inside(fmt::format("[{}]", list.size() - 1));
		}
		return true;
	}

	bool value(const Json& json, std::vector<ClosedState>& states) {
		if (!json.is_array()) return refuse("must be a list");
		states.resize(json.size());
		for (uint32_t i = 0; i < states.size(); ++i) {
			const bool good = json[i].is_string() && parse_state(text_of(json[i]), i, states[i]);
			if (!good) return refuse("must be a state: a hash and its ways") || inside(fmt::format("[{}]", i));
		}
		return true;
	}

	template <class Key, class T>
	bool value(const Json& json, std::map<Key, T>& table) {
		if (!json.is_object()) return refuse("must be an object");
		for (const auto& [name, element] : json.items()) {
			Key read{};
			if (!key(name, read) || !value(element, table[std::move(read)])) return inside(fmt::format("['{}']", name));
		}
		return true;
	}

	template <Members T>
	bool value(const Json& json, T& object) {
		return json.is_object() ? members(json, object, {}) : refuse("must be an object");
	}

	// `others`: members that are not the object's but may stand there.
	template <Members T>
	bool members(const Json& json, T& object, std::span<const std::string_view> others) {
		bool good = true;
		std::vector<std::string_view> known(others.begin(), others.end());
		list_members(object, [&](std::string_view name, auto& field) {
			known.push_back(name);
			if (!good) return;
			const auto found = json.find(name);
			if (found == json.end()) {
				good = refuse(fmt::format("lacks the member '{}'", name));
			} else {
				good = value(*found, field) || inside(fmt::format(".{}", name));
			}
		});
		if (!good || json.size() == known.size()) return good;
		for (const auto& [name, element] : json.items()) {
			if (std::find(known.begin(), known.end(), name) == known.end()) return refuse(fmt::format("has an unknown member '{}'", name));
		}
		return true;
	}

	[[nodiscard]] std::string error() const {
		return fmt::format("{} {}", where_.empty() ? "the record" : where_.substr(where_.starts_with('.') ? 1 : 0), what_);
	}

   private:
	static constexpr std::string_view kAddress = "must be an address such as \"0x1000\"";

	static const std::string& text_of(const Json& json) { return json.get_ref<const std::string&>(); }
	bool key(const std::string& text, std::string& name) {
		name = text;
		return true;
	}
	// One address has one form, or two members could mean the same.
	bool key(const std::string& text, uint64_t& address) {
		const std::optional<uint64_t> number = parse_number(text);
		if (!number || hex(*number) != text) return refuse(kAddress);
		address = *number;
		return true;
	}
	bool refuse(std::string_view what) {
		what_ = what;
		return false;
	}
	bool inside(std::string_view where) {
		where_.insert(0, where);
		return false;
	}

	std::string where_;
	std::string what_;
};

bool rises(const std::vector<uint32_t>& list) { return std::adjacent_find(list.begin(), list.end(), std::greater_equal<>()) == list.end(); }

bool is_budget(const std::string& text) {
	const std::optional<uint64_t> number = parse_number(text);
	return text == "any" || (number && *number > 0 && fmt::to_string(*number) == text);
}

// What the types alone don't say.
std::string nonsense(const RunRecord& run, const Record& record) {
	if (run.walk >= record.walks.size()) return fmt::format("walk {} is not in the record", run.walk);
	if (!is_budget(run.budget)) return fmt::format("budget '{}' is neither 'any' nor a number", run.budget);
	// An exploration delivers in every state, and goes on where the undisturbed walk has ended.
	const bool explored = is_explored(run);
	if (!explored && uint64_t{run.injections} + run.masked + run.not_injected.size() > run.boundaries) return "has more injections than boundaries";
	if (run.fired > run.injections) return "fired more often than it was injected";
	const std::vector<uint32_t>& inside_it = record.walks[run.walk].inside_it;
	const auto inside = [&](uint32_t i) { return std::binary_search(inside_it.begin(), inside_it.end(), i); };
	const bool all_inside = std::all_of(run.not_injected.begin(), run.not_injected.end(), inside);
	if (!rises(run.not_injected) || (!explored && !all_inside)) return "boundaries that were not injected must rise, and lie inside an IT block";
	for (const ViolationRecord& violation : run.violations) {
		const bool outside = !explored && violation.boundary && *violation.boundary >= run.boundaries;
		if (outside) return fmt::format("has no boundary {}", *violation.boundary);
		if (!rises(violation.window)) return "the boundaries of a window must rise";
	}
	return {};
}

std::string nonsense(const WalkRecord& walk, const Record& record) {
	if (!record.code.contains(walk.code)) return fmt::format("code '{}' is not in the record", walk.code);
	const bool behind = !walk.dirty.empty() && walk.dirty.back() >= walk.pc.size();
	if (behind || !rises(walk.dirty)) return "dirty boundaries must rise, and lie in the walk";
	const bool it_behind = !walk.inside_it.empty() && walk.inside_it.back() >= walk.pc.size();
	if (it_behind || !rises(walk.inside_it)) return "boundaries inside an IT block must rise, and lie in the walk";
	return {};
}

std::string nonsense(const Record& record) {
	constexpr std::string_view kOutcomes[] = {"exhausted", "bound-reached", "interrupted"};
	const auto known = [&](std::string_view text) { return std::count(std::begin(kOutcomes), std::end(kOutcomes), text) != 0; };
	if (!known(record.outcome)) return fmt::format("unknown outcome '{}'", record.outcome);
	for (size_t i = 0; i < record.walks.size(); ++i) {
		if (const std::string why = nonsense(record.walks[i], record); !why.empty()) return fmt::format("walks[{}]: {}", i, why);
	}
	for (size_t i = 0; i < record.runs.size(); ++i) {
		const RunRecord& run = record.runs[i];
		const std::string why = known(run.outcome) ? nonsense(run, record) : fmt::format("unknown outcome '{}'", run.outcome);
		if (!why.empty()) return fmt::format("runs[{}]: {}", i, why);
	}
	for (size_t i = 0; i < record.exhibits.size(); ++i) {
		const uint32_t run = std::max(record.exhibits[i].fails, record.exhibits[i].holds);
		if (run >= record.runs.size()) return fmt::format("exhibits[{}]: run {} is not in the record", i, run);
	}
	if (std::string why = closed_nonsense(record); !why.empty()) return why;
	FilmLimits limits{.runs = record.runs.size(), .exhibits = record.exhibits.size()};
	for (const WalkRecord& walk : record.walks) limits.walks.push_back(walk.pc.size());
	return nonsense(record.film, limits);
}

std::string seal_of(std::string_view body) {
	return fmt::format(",\n\"hash\":\"{}\"\n}}\n", print_hash(hash_bytes(std::as_bytes(std::span{body}))));
}

// The hash is of the text before it, so it stands where the text before it ends.
bool seal_fits(std::string_view text) {
	const size_t size = seal_of({}).size();
	return text.size() > size && text.ends_with(seal_of(text.substr(0, text.size() - size)));
}

Error malformed(std::string_view why) { return refused(fmt::format("malformed record: {}", why)); }

}  // namespace

std::string sealed(std::string body) { return body += seal_of(body); }

std::string print_record(const Record& record) {
	Printer printer;
	printer.members(record, fmt::format("{{\n\"version\":\"{}\",\n", kRecordVersion), ",\n");
	return sealed(printer.take());
}

std::string print_film(const FilmRecord& film) {
	Printer printer;
	printer.value(film);
	return printer.take();
}

Result<Record> parse_record(std::string_view text) {
	JsonTree tree;
	if (!Json::sax_parse(text.begin(), text.end(), &tree)) return malformed(tree.error());
	const Json& json = tree.root();
	if (!json.is_object() || !json.contains("version") || !json["version"].is_string()) return malformed("it does not say its version");
	if (const auto& version = json["version"].get_ref<const std::string&>(); version != kRecordVersion) {
		return refused(fmt::format("the record is of version '{:.40}'; this siglab reads '{}'", version, kRecordVersion));
	}
	if (!seal_fits(text)) return malformed("its hash does not fit: it was changed, reformatted or cut after it was written");
	constexpr std::string_view kOthers[] = {"version", "hash"};
	Record record;
	Reader reader;
	if (!reader.members(json, record, kOthers)) return malformed(reader.error());
	if (const std::string why = nonsense(record); !why.empty()) return malformed(why);
	return record;
}

}  // namespace siglab
