// FuzzRecord as JSON. One list of members for each type drives both directions. 64-bit numbers are "0x..." texts: many readers of JSON lose
// the low bits of a large number.
#include <fmt/format.h>

#include "base/text.h"
#include "record/fuzz_record.h"
#include "record/json_tree.h"

namespace siglab {
namespace {

template <class T, class F>
void members_of_find(T& find, F&& member) {
	member("index", find.index);
	member("isa", find.isa);
	member("variant", find.variant);
	member("scenario", find.scenario);
	member("signals", find.signals);
	member("budget", find.budget);
	member("deviation", find.deviation);
	member("fault", find.fault);
	member("deviations", find.deviations);
	member("versions", find.versions);
	member("pieces", find.pieces);
	member("pieces_left", find.pieces_left);
	member("small", find.small);
	member("file", find.file);
	member("token", find.token);
}

template <class T, class F>
void members_of_shard(T& shard, F&& member) {
	member("number", shard.number);
	member("of", shard.of);
	member("next", shard.next);
}

template <class T, class F>
void members_of_record(T& record, F&& member) {
	member("seed", record.seed);
	member("from", record.from);
	member("to", record.to);
	member("axes", record.axes);
	member("breakage", record.breakage);
	member("explore", record.explore);
	member("ticks", record.ticks);
	member("outcome", record.outcome);
	member("shards", record.shards);
	member("tallies", record.tallies);
	member("digest", record.digest);
	member("left", record.left);
	member("finds", record.finds);
}

using Ordered = nlohmann::ordered_json;

Ordered to_json(const std::string& text) { return text; }
Ordered to_json(uint32_t number) { return number; }
Ordered to_json(uint64_t number) { return hex(number); }


Ordered to_json(const FuzzFind& find) {
	Ordered object = Ordered::object();
	members_of_find(find, [&](const char* name, const auto& value) { object[name] = to_json(value); });
	return object;
}
Ordered to_json(const FuzzShard& shard) {
	Ordered object = Ordered::object();
	members_of_shard(shard, [&](const char* name, const auto& value) { object[name] = to_json(value); });
	return object;
}
template <class T>
Ordered to_json(const std::vector<T>& list) {
	Ordered array = Ordered::array();
	for (const T& value : list) array.push_back(to_json(value));
	return array;
}
template <class T>
Ordered to_json(const std::map<std::string, T>& table) {
	Ordered object = Ordered::object();
	for (const auto& [name, value] : table) object[name] = to_json(value);
	return object;
}

// Reads one value after the other. The first thing that is wrong is kept in `wrong`.
class FuzzReader {
   public:
	void read(const Json& from, std::string& into) {
		if (!from.is_string()) return fail("is no text");
		into = from.get<std::string>();
	}
	void read(const Json& from, uint32_t& into) {
		if (!from.is_number_unsigned() || from.get<uint64_t>() > UINT32_MAX) return fail("is no number in range");
		into = from.get<uint32_t>();
	}
	void read(const Json& from, uint64_t& into) {
		const std::optional<uint64_t> number = from.is_string() ? parse_number(from.get_ref<const std::string&>()) : std::nullopt;
		if (!number) return fail("is no 64-bit number");
		into = *number;
	}
	void read(const Json& from, FuzzFind& into) {
		object(from, [&](auto&& member) { members_of_find(into, member); });
	}
	void read(const Json& from, FuzzShard& into) {
		object(from, [&](auto&& member) { members_of_shard(into, member); });
	}
	void read(const Json& from, FuzzRecord& into) {
		object(from, [&](auto&& member) { members_of_record(into, member); });
	}
	template <class T>
	void read(const Json& from, std::vector<T>& into) {
		if (!from.is_array()) return fail("is no list");
		for (const Json& element : from) read(element, into.emplace_back());
	}
	template <class T>
	void read(const Json& from, std::map<std::string, T>& into) {
		if (!from.is_object()) return fail("is no table");
		for (const auto& [name, element] : from.items()) read(element, into[name]);
	}
	[[nodiscard]] const std::string& wrong() const { return wrong_; }

   private:
	template <class Members>
	void object(const Json& from, const Members& members) {
		if (!from.is_object()) return fail("is no object");
		members([&](const char* name, auto& value) {
			at_ = name;
			if (!from.contains(name)) return fail("is missing");
			read(from[name], value);
		});
	}
	void fail(std::string_view why) {
		if (wrong_.empty()) wrong_ = fmt::format("{} {}", at_, why);
	}
	std::string at_ = "the record", wrong_;
};

}  // namespace

std::string print_fuzz_record(const FuzzRecord& record) {
	Ordered object = {{"version", std::string{kFuzzRecordVersion}}};
	members_of_record(record, [&](const char* name, const auto& value) { object[name] = to_json(value); });
	return object.dump(1, '\t', false, Json::error_handler_t::replace) + '\n';
}

Result<FuzzRecord> parse_fuzz_record(std::string_view text) {
	const auto malformed = [](std::string_view why) { return refused(fmt::format("malformed fuzz record: {}", why)); };
	JsonTree tree;
	if (!Json::sax_parse(text.begin(), text.end(), &tree)) return malformed(tree.error());
	const Json& json = tree.root();
	if (!json.is_object() || !json.contains("version") || json["version"] != std::string{kFuzzRecordVersion}) {
		return malformed(fmt::format("its version is not {}", kFuzzRecordVersion));
	}
	FuzzRecord record;
	FuzzReader reader;
	reader.read(json, record);
	if (!reader.wrong().empty()) return malformed(reader.wrong());
	if (record.from > record.to) return malformed("it ends before it begins");
	if (record.shards.empty()) return malformed("it has no shard");
	for (const FuzzShard& shard : record.shards) {
		if (shard.number < 1 || shard.number > shard.of || shard.next < record.from || shard.next > record.to) return malformed("a shard that cannot be");
	}
	return record;
}

}  // namespace siglab
