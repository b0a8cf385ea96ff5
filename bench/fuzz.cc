// Generated vDSOs, on one thread.
//
//   fuzz/ISA/SIGNAL       vDSOs: generated, assembled, swept with one signal at each boundary, on all versions, compared with the law.
//                         The counter `boundaries` is the mean of a walk; `boundaries/s` counts those of all versions
//   generate/ISA          vDSOs: generated and written as text
//   assemble/ISA          vDSOs: the same, and assembled; the assembler's own process is in the (real) time
#include <benchmark/benchmark.h>

#include "fuzz/fuzz.h"
#include "fuzz/plan.h"
#include "rates.h"
#include "stage.h"

namespace siglab::bench {
namespace {

// As many as one batch has.
constexpr uint64_t kBatch = FuzzPlan::kMost;

Draw draw_for(const Isa& isa, std::vector<Signal> signals) {
	Result<Draw> draw = draw_of({.isas = {&isa}, .signals = std::move(signals)});
	draw->explore = 0;
	return *draw;
}

std::vector<Program> some_programs(const Isa& isa, uint64_t from) {
	std::vector<Program> programs;
	for (uint64_t i = 0; i < kBatch; ++i) programs.push_back(generate(1, from + i, isa));
	return programs;
}

void fuzz(benchmark::State& state, const Isa& isa, Signal signal) {
	ImageStore store(places());
	const Draw draw = draw_for(isa, {signal});
	uint64_t from = 0, boundaries = 0;
	for (auto _ : state) {
		Result<FuzzRecord> record = run_fuzz(new_task(draw, from, kBatch, 1, 1), {.draw = draw}, store);
		if (!record || verdict_of(*record) != Exit::ok) return state.SkipWithError("not as the law says");
		boundaries += record->tallies[std::string{isa.name}]["boundaries"];
		from += kBatch;
	}
	state.SetItemsProcessed(static_cast<int64_t>(from));
	state.counters["boundaries"] = static_cast<double>(boundaries) / static_cast<double>(from * draw.guests.size());
	state.counters["boundaries/s"] = benchmark::Counter(static_cast<double>(boundaries), benchmark::Counter::kIsRate);
}

void generating(benchmark::State& state, const Isa& isa) {
	uint64_t from = 0;
	for (auto _ : state) {
		for (const Program& program : some_programs(isa, from)) {
			benchmark::DoNotOptimize(functions_text(program, isa, {.prefix = "p", .comments = false}));
		}
		from += kBatch;
	}
	state.SetItemsProcessed(static_cast<int64_t>(from));
}

void assembling(benchmark::State& state, const Isa& isa) {
	ImageStore store(places());
	Judge judge(store, nullptr);
	uint64_t from = 0;
	for (auto _ : state) {
		if (!judge.assemble(isa, some_programs(isa, from))) return state.SkipWithError("not assembled");
		from += kBatch;
	}
	state.SetItemsProcessed(static_cast<int64_t>(from));
}

}  // namespace

void add_fuzz() {
	for (const Isa* isa : all_isas()) {
		const std::string on{isa->name};
		for (const Signal signal : {Signal::usr1, Signal::prof}) {
			benchmark::RegisterBenchmark(("fuzz/" + on + "/" + std::string{signal_name(signal)}).c_str(), fuzz, *isa, signal)->UseRealTime();
		}
		benchmark::RegisterBenchmark(("generate/" + on).c_str(), generating, *isa);
		benchmark::RegisterBenchmark(("assemble/" + on).c_str(), assembling, *isa)->UseRealTime();
	}
}

}  // namespace siglab::bench
