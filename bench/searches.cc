// Whole searches.
//
//   two_signals     deliveries in all schedules of up to two signals (v3, which the first one changes)
//   explorer/N      states of a walk of N calls, any number of SIGPROF, every handler watched step by step: the cost of a state must not grow
//                   with the walk
//   museum/N        the whole museum on N threads
//   campaign/N      a part of the catalogue on N threads, everything included
#include <benchmark/benchmark.h>

#include "rates.h"
#include "stage.h"

namespace siglab::bench {
namespace {

struct Search {
	World world;
	std::unique_ptr<Machine> machine;
};

std::optional<Search> make_search(const Isa& isa, std::string_view variant, uint32_t calls) {
	ImageStore store(places());
	const Scenario scenario{.isa = &isa, .guest = {.variant = find_variant(variant)}, .vdso = {.blob = find_vdso("clobber-g")}, .calls = calls};
	Result<World> world = build_world(scenario, store);
	Result<std::unique_ptr<Machine>> machine = Machine::open(isa);
	if (!world || !machine) return std::nullopt;
	return Search{std::move(*world), std::move(*machine)};
}

constexpr std::array<Signal, 1> kProf = {Signal::prof};

void two_signals(benchmark::State& state, const Isa& isa) {
	std::optional<Search> search = make_search(isa, "v3", 1);
	if (!search) return state.SkipWithError("no world");
	size_t deliveries = 0;
	for (auto _ : state) {
		Result<Exploration> found = explore(search->world, *search->machine, kProf, {.budget = {.signals = 2}, .watch_every_handler = true});
		if (!found || found->outcome != Outcome::exhausted) return state.SkipWithError("not exhausted");
		deliveries = found->edges.size();
	}
	state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * deliveries));
}

void explorer(benchmark::State& state, const Isa& isa) {
	std::optional<Search> search = make_search(isa, "v6", static_cast<uint32_t>(state.range(0)));
	if (!search) return state.SkipWithError("no world");
	size_t states = 0, bytes = 0;
	for (auto _ : state) {
		Result<Exploration> found = explore(search->world, *search->machine, kProf, {.budget = {.signals = std::nullopt}, .watch_every_handler = true});
		if (!found || !found->broken.empty() || found->outcome != Outcome::exhausted) return state.SkipWithError("not as it should be");
		states = found->nodes.size();
		bytes = found->bytes;
	}
	state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * states));
	state.counters["states"] = static_cast<double>(states);
	state.counters["bytes_per_1000_states"] = static_cast<double>(bytes) * 1000 / static_cast<double>(states);
}

void museum(benchmark::State& state) {
	ImageStore store(places());
	for (auto _ : state) {
		Result<Record> record = run_museum(all_isas(), store, {.threads = static_cast<unsigned>(state.range(0)), .limits = {}});
		if (!record || verdict_of(*record) != Exit::ok) return state.SkipWithError("not as the catalogue says");
	}
}

void campaign(benchmark::State& state) {
	ImageStore store(places());
	const std::vector<Job> jobs = grid({.functions = {Function::nanotime1}, .callers = {Caller::curg, Caller::g0}});
	int64_t injected = 0;
	for (auto _ : state) {
		Result<Record> record = run_campaign(jobs, store, {.threads = static_cast<unsigned>(state.range(0))});
		if (!record || totals(*record).deviations != 0) return state.SkipWithError("not as the catalogue says");
		injected += static_cast<int64_t>(totals(*record).injections);
	}
	state.SetItemsProcessed(injected);
}

}  // namespace

void add_searches() {
	for (const Isa* isa : all_isas()) {
		const std::string on{isa->name};
		benchmark::RegisterBenchmark(("two_signals/" + on).c_str(), two_signals, *isa);
		benchmark::RegisterBenchmark(("explorer/" + on).c_str(), explorer, *isa)->Arg(1)->Arg(8)->Arg(64);
	}
	benchmark::RegisterBenchmark("museum", museum)->Arg(1)->Arg(2)->UseRealTime();
	benchmark::RegisterBenchmark("campaign", campaign)->Arg(1)->Arg(2)->UseRealTime();
}

}  // namespace siglab::bench
