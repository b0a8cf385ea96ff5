#include "report/page_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "report/matrix.h"
#include "report/mechanism.h"
#include "report/museum.h"
#include "report/text.h"

namespace siglab {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 6> kGrades = {"absent", "silent", "holds", "breaks", "loses", "vdso"};  // by Grade

// Texts and verdicts that come again and again, by their numbers.
template <class T>
class Numbered {
   public:
	size_t of(const T& value) {
		const auto [at, fresh] = numbers_.try_emplace(value, all.size());
		if (fresh) all.push_back(value);
		return at->second;
	}
	std::vector<T> all;

   private:
	std::map<T, size_t> numbers_;
};

class PageData {
   public:
	explicit PageData(std::span<const Record> records) : records_(records) {}

	std::string text() {
		for (size_t i = 0; i < records_.size(); ++i) add(i);
		data_["texts"] = texts_.all;
		data_["properties"] = properties();
		data_["verdicts"] = verdicts();
		std::string json = data_.dump(-1, ' ', false, Json::error_handler_t::replace);
		json.pop_back();
		json += ",\"films\":[";
		for (size_t i = 0; i < records_.size(); ++i) json += (i == 0 ? "" : ",") + print_film(records_[i].film);
		return json + "]}";
	}

   private:
	void add(size_t number) {
		const Record& record = records_[number];
		std::map<uint32_t, size_t> walks;  // filmed ones, and their numbers on the page
		for (size_t i = 0; i < record.film.walks.size(); ++i) {
			const uint32_t walk = record.film.walks[i].walk;
			walks[walk] = data_["walks"].size();
			data_["walks"].push_back(walk_of(record, walk, number, i));
		}
		for (const Table& table : tables(record)) data_["tables"].push_back(table_of(record, table, walks));
		for (uint32_t i = 0; i < record.exhibits.size(); ++i) data_["exhibits"].push_back(exhibit_of(record, i, number));
		data_["reports"].push_back({{"command", record.command}, {"outcome", record.outcome}, {"text", report_text(record, {})}});
	}

	// A cell has its walk's number, or says what would have to be filmed.
	static Json table_of(const Record& record, const Table& table, const std::map<uint32_t, size_t>& walks) {
		Json cells = Json::array();
		for (const std::vector<Cell>& row : table.cells) {
			Json line = Json::array();
			for (const Cell& cell : row) {
				Json one = {{"count", count_text(cell)}, {"letters", letters(cell)}, {"grade", kGrades[static_cast<size_t>(grade(cell))]}};
				const auto walk = walks.find(cell.walk);
				if (cell.runs != 0 && walk != walks.end()) {
					one["walk"] = walk->second;
				} else if (cell.runs != 0) {
					place(first_run(record, cell.walk), one["place"]);
				}
				line.push_back(std::move(one));
			}
			cells.push_back(std::move(line));
		}
		return {{"title", table.title}, {"rows", table.rows}, {"columns", table.columns}, {"cells", std::move(cells)}};
	}

	Json walk_of(const Record& record, uint32_t walk, size_t film, size_t take) {
		Json one = {{"film", film}, {"take", take}, {"dirty", record.walks[walk].dirty},
		            {"inside_it", record.walks[walk].inside_it}, {"runs", Json::array()}};
		for (const RunRecord& run : record.runs) {
			if (run.walk != walk) continue;
			place(run, one);
			one["runs"].push_back(run_of(run));
		}
		return one;
	}

	static const RunRecord& first_run(const Record& record, uint32_t walk) {
		return *std::find_if(record.runs.begin(), record.runs.end(), [&](const RunRecord& run) { return run.walk == walk; });
	}

	static void place(const RunRecord& run, Json& into) {
		into["isa"] = run.isa;
		into["variant"] = run.variant;
		into["function"] = run.function;
		into["caller"] = run.caller;
		into["vdso"] = run.vdso;
		into["world"] = run.world;
		into["calls"] = run.calls;
	}

	// What broke: boundary of the delivery (-1: none), where it shows, the verdict, what was expected and observed, whether it is a cause.
	Json run_of(const RunRecord& run) {
		Json broken = Json::array();
		for (const ViolationRecord& violation : run.violations) {
			broken.push_back({violation.boundary ? static_cast<int64_t>(*violation.boundary) : -1, violation.at, verdicts_.of(violation.verdict),
			                  texts_.of(violation.expected), texts_.of(violation.observed), violation.cause ? 1 : 0});
		}
		return {{"signal", run.signal},     {"outcome", run.outcome}, {"boundaries", run.boundaries}, {"injections", run.injections},
		        {"fired", run.fired},       {"masked", run.masked},   {"states", run.states},         {"deviations", run.deviations},
		        {"broken", std::move(broken)}};
	}

	Json exhibit_of(const Record& record, uint32_t number, size_t film) {
		const ExhibitRecord& exhibit = record.exhibits[number];
		const Pair pair = pair_of(record, exhibit);
		Json one = {{"id", exhibit.id},         {"title", exhibit.title},          {"what", exhibit.what},   {"so", exhibit.so},
		            {"verdict", verdicts_.of(exhibit.verdict)},                    {"isa", record.runs[exhibit.fails].isa},
		            {"stated", pair.as_stated}, {"fails", side(record, exhibit.fails, pair.fails)}, {"window", pair.window},
		            {"holds", side(record, exhibit.holds, pair.holds)},            {"token", pair.token},    {"film", film}};
		for (size_t i = 0; i < record.film.stories.size(); ++i) {
			const StoryRecord& story = record.film.stories[i];
			if (story.exhibit == number) one[story.run == exhibit.fails ? "fails" : "holds"]["story"] = i;
		}
		return one;
	}

	static Json side(const Record& record, uint32_t run, const std::string& told) {
		Json one = {{"told", told}, {"states", record.runs[run].states}, {"outcome", record.runs[run].outcome}};
		place(record.runs[run], one);
		return one;
	}

	static Json properties() {
		Json all = Json::array();
		for (const Property property : letter_order()) {
			all.push_back({{"name", property_name(property)}, {"letter", std::string(1, property_letter(property))},
			               {"meaning", property_meaning(property)}});
		}
		return all;
	}

	Json verdicts() const {
		Json all = Json::array();
		for (const Verdict& verdict : verdicts_.all) {
			const Mechanism& mechanism = mechanism_of(verdict);
			all.push_back({{"property", property_name(verdict.property)}, {"letter", std::string(1, property_letter(verdict.property))},
			               {"kind", kind_name(verdict.kind)}, {"what", mechanism.what}, {"so", mechanism.so}});
		}
		return all;
	}

	const std::span<const Record> records_;
	Json data_ = {{"walks", Json::array()}, {"tables", Json::array()}, {"exhibits", Json::array()}, {"reports", Json::array()}};
	Numbered<std::string> texts_;
	Numbered<Verdict> verdicts_;
};

}  // namespace

std::string page_data(std::span<const Record> records) { return PageData(records).text(); }

}  // namespace siglab
