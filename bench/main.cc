// siglab_bench: everything that is measured, interleaved, and the ratios that docs/engine.md speaks of.
//
//   siglab_bench [--format table|json] [Google Benchmark's own options]
//
// Without options of Google Benchmark's the repetitions of all benchmarks are run in random order. A rate is the median of its repetitions.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "rates.h"

namespace siglab::bench {

std::vector<EngineKind> engines_here() {
	std::vector<EngineKind> here;
	for (size_t i = 0; i < kEngineKinds; ++i) {
		if (!engine_version(static_cast<EngineKind>(i)).empty()) here.push_back(static_cast<EngineKind>(i));
	}
	return here;
}

namespace {

double median(std::vector<double> values) {
	std::sort(values.begin(), values.end());
	const size_t half = values.size() / 2;
	return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// Keeps each repetition's rate, and the counters.
class Rates : public benchmark::BenchmarkReporter {
   public:
	bool ReportContext(const Context&) override { return true; }
	void ReportRuns(const std::vector<Run>& runs) override {
		for (const Run& run : runs) {
			if (run.run_type != Run::RT_Iteration) continue;
			const std::string name = run.run_name.str();
			if (run.error_occurred) {
				errors_[name] = run.error_message;
				continue;
			}
			for (const auto& [counter, value] : run.counters) {
				if (counter == "items_per_second") rates_[name].push_back(value);
				else counters_[name + ": " + counter] = value;
			}
			if (!run.counters.contains("items_per_second")) rates_[name].push_back(1e9 / run.GetAdjustedRealTime());
		}
	}

	[[nodiscard]] std::map<std::string, double> rates() const {
		std::map<std::string, double> medians;
		for (const auto& [name, values] : rates_) medians[name] = median(values);
		return medians;
	}
	[[nodiscard]] const std::map<std::string, double>& counters() const { return counters_; }
	[[nodiscard]] const std::map<std::string, std::string>& errors() const { return errors_; }

   private:
	std::map<std::string, std::vector<double>> rates_;
	std::map<std::string, double> counters_;
	std::map<std::string, std::string> errors_;
};

// What is divided by what. arm64 has the plain name.
struct Ratio {
	const char* name;
	const char* above;
	const char* below;
};
constexpr Ratio kRatios[] = {
	{"unicorn/hook-and-stop", "injections/unicorn/arm64", "injections/hook_and_stop/arm64"},
	{"unicorn/hook-and-stop (arm)", "injections/unicorn/arm", "injections/hook_and_stop/arm"},
	{"dynarmic/unicorn", "injections/dynarmic/arm64", "injections/unicorn/arm64"},
	{"dynarmic/unicorn (arm)", "injections/dynarmic/arm", "injections/unicorn/arm"},
	{"dynarmic/floor", "injections/dynarmic/arm64", "floor/dynarmic/arm64"},
	{"dynarmic/floor (arm)", "injections/dynarmic/arm", "floor/dynarmic/arm"},
	{"threads2/threads1", "injections/unicorn/arm64/real_time/threads:2", "injections/unicorn/arm64/real_time/threads:1"},
};

nlohmann::ordered_json ratios(const std::map<std::string, double>& rates) {
	nlohmann::ordered_json all = nlohmann::ordered_json::object();
	for (const Ratio& ratio : kRatios) {
		const auto above = rates.find(ratio.above), below = rates.find(ratio.below);
		if (above != rates.end() && below != rates.end()) all[ratio.name] = above->second / below->second;
	}
	return all;
}

double peak_mb() {
	rusage usage{};
	getrusage(RUSAGE_SELF, &usage);
	return static_cast<double>(usage.ru_maxrss) / 1024;
}

nlohmann::ordered_json summary(const Rates& measured) {
	nlohmann::ordered_json engines;
	for (const EngineKind engine : engines_here()) engines[std::string{engine_name(engine)}] = engine_version(engine);
	return {{"engines", engines}, {"per_second", measured.rates()}, {"counters", measured.counters()}, {"peak_MB", peak_mb()},
	        {"errors", measured.errors()}, {"ratios", ratios(measured.rates())}};
}

void print_table(const nlohmann::ordered_json& all) {
	for (const auto& [name, rate] : all["per_second"].items()) fmt::print("{:<50}{:>16.1f} a second\n", name, rate.get<double>());
	for (const auto& [name, value] : all["counters"].items()) fmt::print("{:<50}{:>16.1f}\n", name, value.get<double>());
	for (const auto& [name, text] : all["errors"].items()) fmt::print("{:<50}{:>16}\n", name, text.get<std::string>());
	fmt::print("{:<50}{:>16.1f}\n\n", "peak memory, MB", all["peak_MB"].get<double>());
	for (const auto& [name, ratio] : all["ratios"].items()) fmt::print("{:<50}{:>16.3f}\n", name, ratio.get<double>());
}

}  // namespace
}  // namespace siglab::bench

int main(int argc, char** argv) {
	using namespace siglab::bench;
	std::vector<std::string> words(argv, argv + argc);
	bool json = false;
	if (const auto at = std::find(words.begin(), words.end(), "--format"); at != words.end()) {
		if (at + 1 == words.end() || (at[1] != "json" && at[1] != "table")) return fmt::print(stderr, "siglab_bench: --format takes table or json\n"), 2;
		json = at[1] == "json";
		words.erase(at, at + 2);
	}
	const std::array<std::string, 3> defaults = {"--benchmark_repetitions=7", "--benchmark_min_time=0.1", "--benchmark_enable_random_interleaving=true"};
	words.insert(words.begin() + 1, defaults.begin(), defaults.end());  // those that are given come later, and win
	std::vector<char*> pointers;
	for (std::string& word : words) pointers.push_back(word.data());
	int count = static_cast<int>(pointers.size());
	benchmark::Initialize(&count, pointers.data());
	if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) return 2;
	add_injections();
	add_floor();
	add_searches();
	add_fuzz();
	Rates rates;
	benchmark::RunSpecifiedBenchmarks(&rates);
	const nlohmann::ordered_json all = summary(rates);
	if (json) {
		fmt::print("{}\n", all.dump(2));
	} else {
		print_table(all);
	}
	return rates.errors().empty() ? 0 : 1;
}
