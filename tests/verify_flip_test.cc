// Whatever is changed in a record, with a hash and digests that fit again, somebody notices: the reader, or what was made again.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>
#include <set>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "lab_fixture.h"
#include "verify/museum.h"
#include "verify/verify.h"

namespace siglab {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

// ---- every small change of a tree ----

using Visit = std::function<void(const std::string& what)>;

void number_changes(json& at, const std::string& path, const Visit& visit) {
	const auto was = at.get<uint64_t>();
	for (const uint64_t other : {was + 1, was - 1, was == 0 ? uint64_t{7} : uint64_t{0}}) {
		if (other == UINT64_MAX) continue;
		at = other;
		visit(fmt::format("{} := {}", path, other));
	}
	at = was;
}

void text_changes(json& at, const std::string& path, const Visit& visit) {
	const auto was = at.get<std::string>();
	std::vector<std::string> others = {was + "x", "x" + was};
	if (!was.empty()) others.push_back(was.substr(1));
	if (!was.empty()) others.emplace_back();
	if (const std::optional<uint64_t> address = parse_number(was); address && was.starts_with("0x")) others.push_back(hex(*address + 4));
	// One character, at the beginning, in the middle and at the end.
	for (const size_t i : std::set<size_t>{0, was.size() / 2, was.empty() ? 0 : was.size() - 1}) {
		if (was.empty()) break;
		std::string other = was;
		other[i] = other[i] == '0' ? '1' : other[i] == 'f' ? 'e' : static_cast<char>(other[i] ^ 1);
		others.push_back(std::move(other));
	}
	for (const std::string& other : others) {
		if (other == was) continue;
		at = other;
		visit(fmt::format("{} := '{}'", path, other));
	}
	at = was;
}

// What a state says of its ways, each sign in turn.
void way_changes(json& at, const std::string& path, const Visit& visit) {
	const auto was = at.get<std::string>();
	for (size_t i = was.find(' ') + 1; i < was.size(); ++i) {
		for (const char* sign : {"=", "!", "-", ".", "=~", "<3"}) {
			std::string other = was;
			at = other.replace(i, 1, sign);
			if (other != was) visit(fmt::format("{} := '{}'", path, other));
		}
	}
	at = was;
}

void changes(json& at, const std::string& path, const Visit& visit);

void list_changes(json& at, const std::string& path, const Visit& visit) {
	const json was = at;
	const auto with = [&](const json& other, std::string_view what) {
		at = other;
		visit(fmt::format("{} {}", path, what));
		at = was;
	};
	for (const json& more : {json(0), json(3), json("x"), json(json::object())}) {
		json other = was;
		other.push_back(more);
		with(other, "has one more: " + more.dump());
	}
	for (size_t i = 0; i < was.size(); ++i) {
		json without = was;
		without.erase(i);
		with(without, fmt::format("lacks [{}]", i));
		json twice = was;
		twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(i), was[i]);
		with(twice, fmt::format("has [{}] twice", i));
		if (i + 1 == was.size() || was[i] == was[i + 1]) continue;
		json swapped = was;
		std::swap(swapped[i], swapped[i + 1]);
		with(swapped, fmt::format("has [{}] and the next in the other order", i));
	}
	for (size_t i = 0; i < at.size(); ++i) changes(at[i], fmt::format("{}[{}]", path, i), visit);
}

void object_changes(json& at, const std::string& path, const Visit& visit) {
	const json was = at;
	for (const auto& [name, value] : was.items()) {
		at.erase(name);
		visit(fmt::format("{} lacks {}", path, name));
		at[name] = value;
		changes(at[name], fmt::format("{}.{}", path, name), visit);
	}
	at["another"] = 1;
	visit(path + " has another member");
	at = was;
}

void changes(json& at, const std::string& path, const Visit& visit) {
	switch (at.type()) {
		case json::value_t::object: return object_changes(at, path, visit);
		case json::value_t::array: return list_changes(at, path, visit);
		case json::value_t::string:
			text_changes(at, path, visit);
			if (path.find(".states[") != std::string::npos) way_changes(at, path, visit);
			return;
		case json::value_t::boolean:
			at = !at.get<bool>();
			visit(path + " is the other");
			at = !at.get<bool>();
			return;
		case json::value_t::null:
			at = 0;
			visit(path + " := 0");
			at = nullptr;
			return;
		default: return number_changes(at, path, visit);
	}
}

// ---- a record with a hash that fits ----

std::string sealed_again(const json& record) {
	json body = record;
	body.erase("hash");
	std::string text = body.dump();
	text.pop_back();
	return sealed(std::move(text));
}

// With digests that fit too, as far as that can be done to what is there.
void digest_again(json& record) {
	if (!record["closed"].is_array()) return;
	for (json& closed : record["closed"]) {
		if (!closed.is_object() || !closed.contains("states") || !closed["states"].is_array()) continue;
		const auto text = [&](const char* name) { return closed.contains(name) && closed[name].is_string() ? closed[name].get<std::string>() : ""; };
		ClosedSet set{.search = text("search"), .images = parse_number(text("images")).value_or(0), .start = parse_hash(text("start")).value_or(Hash128{}), .signals = text("signals")};
		for (const json& line : closed["states"]) {
			ClosedState state;
			if (line.is_string() && !parse_state(line.get<std::string>(), static_cast<uint32_t>(set.states.size()), state)) break;
			set.states.push_back(std::move(state));
		}
		if (set.states.size() == closed["states"].size()) closed["digest"] = digest_of(set);
	}
}

// Each claim is derived once, whatever else is changed around it.
class Remembering {
   public:
	Result<std::shared_ptr<const verify::Derivation>> operator()(World world, const verify::Claim& claim, const verify::Guide& guide, verify::Machines& machines) {
		if (guide.trusts) return verify::remake(std::move(world), claim, guide, machines);
		std::string key = fmt::format("{} {} {} {} {} {}", print_scenario(claim.scenario), claim.together, claim.budget.signals.value_or(0), claim.budget.nesting,
		                              claim.budget.ticks, guide.max_states);
		for (const Signal signal : claim.signals) key += signal_name(signal);
		const auto known = known_.find(key);
		if (known != known_.end()) return known->second;
		return known_.emplace(key, verify::remake(std::move(world), claim, guide, machines)).first->second;
	}

   private:
	std::map<std::string, Result<std::shared_ptr<const verify::Derivation>>> known_;
};

struct Noticed {
	size_t by_reader = 0, by_making_again = 0;
	std::vector<std::string> by_nobody;
	std::vector<std::string> lines;   // what making it again said
};

class Noticing {
   public:
	Noticing() {
		options_.remake = [this](World world, const verify::Claim& claim, const verify::Guide& guide, verify::Machines& machines) {
			return remembering_(std::move(world), claim, guide, machines);
		};
	}

	void see(const std::string& text, const std::string& what) {
		const Result<Record> record = parse_record(text);
		if (!record) {
			++noticed.by_reader;
			return;
		}
		const Result<verify::Verification> all = verify::verify(*record, test::store(), options_);
		const bool noticed_now = !all || !all->difference.empty() || all->unfinished != 0 || record->outcome != "exhausted";
		noticed.by_making_again += noticed_now ? 1 : 0;
		if (!noticed_now) noticed.by_nobody.push_back(what);
		if (all) noticed.lines.push_back(all->difference);
	}

	Noticed noticed;

   private:
	Remembering remembering_;
	verify::Options options_;
};

Job job(const std::string& scenario, const std::vector<Signal>& signals, const Budget& budget) {
	return {.scenario = test::scenario(fmt::format("{}:{}:1", scenario, signal_name(signals.front()))), .signals = signals, .budget = budget};
}

// One signal at each boundary, and any number of two: short walks on which something breaks.
Record two_searches() {
	const std::vector<Signal> both = {Signal::usr1, Signal::prof};
	const std::vector<Job> jobs = {job("arm:v0:native:curg:clean:go", both, {}), job("arm64:v4:native:curg:clean:go", both, {.signals = std::nullopt})};
	Result<Record> record = run_campaign(jobs, test::store(), {});
	EXPECT_TRUE(record.ok());
	return *std::move(record);
}

TEST(VerifyFlip, WhateverFieldIsChangedIsNoticed) {
	const Record record = two_searches();
	for (const RunRecord& run : record.runs) ASSERT_FALSE(run.violations.empty());
	json tree = json::parse(print_record(record));
	tree.erase("hash");
	const json untouched = tree;
	Noticing noticing;
	noticing.see(sealed_again(tree), "nothing");
	EXPECT_THAT(noticing.noticed.by_nobody, testing::ElementsAre("nothing")) << "as it is, it is in order";
	noticing.noticed = {};
	changes(tree, "", [&](const std::string& what) {
		noticing.see(sealed_again(tree), what);
		const bool in_a_set = what.starts_with(".closed") && what.find("digest") == std::string::npos;
		if (!in_a_set) return;
		json fits = tree;
		digest_again(fits);
		if (fits != tree && fits != untouched) noticing.see(sealed_again(fits), what + ", digest made to fit");
	});
	EXPECT_THAT(noticing.noticed.by_nobody, IsEmpty());
	EXPECT_GT(noticing.noticed.by_reader, 1000u);
	EXPECT_GT(noticing.noticed.by_making_again, 1000u);
	// Each in its own words.
	for (const char* line : {"has the hash", "ends the run", "leads to state", "is not tried", "walk.pc", "walk.dirty", "violations[1].token is", "violations[0].window",
	                         "masked is", "catalogued is", "deviations has", "source is", "bytes is"}) {
		EXPECT_THAT(noticing.noticed.lines, Contains(HasSubstr(line)));
	}
}

// What a museum shows, and in which runs. The walks are not made again for this.
TEST(VerifyFlip, WhateverExhibitIsChangedIsNoticed) {
	const std::vector<const Isa*> arm = {find_isa("arm")};
	const Result<Record> museum = run_museum(arm, test::store(), {});
	ASSERT_TRUE(museum.ok());
	const auto line_of = [&](const std::function<void(Record&)>& change) {
		Record record = *museum;
		change(record);
		const auto claims = verify::claims_of(record);
		return claims ? verify::museum_difference(record, *claims) : claims.error().text;
	};
	EXPECT_EQ(line_of([](Record&) {}), "");
	EXPECT_THAT(line_of([](Record& r) { r.command = "sweep"; }), HasSubstr("only a record of the museum has exhibits"));
	EXPECT_THAT(line_of([](Record& r) { r.exhibits.pop_back(); }), HasSubstr("exhibits, and the record"));
	EXPECT_THAT(line_of([](Record& r) { r.exhibits.push_back(r.exhibits[0]); }), HasSubstr("exhibits, and the record"));
	EXPECT_THAT(line_of([](Record& r) { std::swap(r.runs[0].walk, r.runs[1].walk); }), HasSubstr("runs[0] is not what the museum has there"));
	for (size_t i = 0; i < museum->exhibits.size(); ++i) {
		const std::pair<const char*, std::function<void(ExhibitRecord&)>> fields[] = {
			{"id", [](ExhibitRecord& e) { e.id += "0"; }},          {"title", [](ExhibitRecord& e) { e.title += "."; }},
			{"what", [](ExhibitRecord& e) { e.what.clear(); }},     {"so", [](ExhibitRecord& e) { e.so += "?"; }},
			{"property", [](ExhibitRecord& e) { e.verdict = {Property::vdso_used, Kind::unused}; }},
			{"fails", [](ExhibitRecord& e) { ++e.fails; }},         {"holds", [](ExhibitRecord& e) { e.holds = e.fails; }},
		};
		for (const auto& [name, change] : fields) {
			const std::string line = line_of([&, &change = change](Record& r) { change(r.exhibits[i]); });
			EXPECT_THAT(line, HasSubstr(fmt::format("exhibits[{}], {} is ", i, name)));
		}
	}
}

}  // namespace
}  // namespace siglab
