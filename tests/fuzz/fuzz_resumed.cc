// libFuzzer: the record that `siglab fuzz` goes on from, from any text. It is refused in one line or read; what was read is printed and read
// back as the same, every text that is made of it can be shown on a terminal, and a run that goes on from it tries its own indices only.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fuzz/plan.h"
#include "report/fuzz.h"

namespace siglab {
namespace {

void require(bool holds) {
	if (!holds) std::abort();
}

bool in_lines(const std::string& text) {
	return std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); });
}

void judge_error(const Error& error) {
	require(error.exit == Exit::usage && !error.text.empty());
	require(std::all_of(error.text.begin(), error.text.end(), [](char c) { return c >= ' ' && c <= '~'; }));
}

// It begins where the record stands, every index is the shard's, and one batch follows the other to the end.
void judge_plan(const FuzzRecord& record) {
	const FuzzShard& shard = record.shards.front();
	const FuzzPlan plan(record);
	require(plan.first() >= shard.next && plan.first() - shard.next < shard.of);
	const uint64_t batches = (record.to - record.from) / shard.of / plan.batch_size();
	for (const uint64_t number : {uint64_t{0}, uint64_t{1}, batches, batches + 1, UINT64_MAX}) {
		const std::vector<uint64_t> indices = plan.batch(number);
		for (size_t i = 0; i < indices.size(); ++i) {
			require(indices[i] >= shard.next && indices[i] < record.to && (indices[i] - record.from) % shard.of == shard.number - 1);
			require(i == 0 || indices[i] - indices[i - 1] == shard.of);
		}
		if (number == UINT64_MAX) break;
		const std::vector<uint64_t> next = plan.batch(number + 1);
		require(indices.size() == plan.batch_size() || next.empty());
		require(plan.behind(number) == (next.empty() ? record.to : next.front()));
	}
	require(plan.batch(batches + 1).empty());
}

void fuzz(std::string_view text) {
	const Result<FuzzRecord> record = parse_fuzz_record(text);
	if (!record) return judge_error(record.error());
	const std::string printed = print_fuzz_record(*record);
	const Result<FuzzRecord> again = parse_fuzz_record(printed);
	require(again.ok() && *again == *record && print_fuzz_record(*again) == printed);
	require(in_lines(fuzz_text(*record, "out")));
	require(verdict_of(*record) != Exit::ok || is_complete(*record));
	judge_plan(*record);
	const Result<FuzzRecord> all = union_of({*record});
	require(all.ok() ? is_complete(*all) && parse_fuzz_record(print_fuzz_record(*all)).ok() : in_lines(all.error().text));
	require(!union_of({*record, *record}).ok());
}

}  // namespace
}  // namespace siglab

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
	siglab::fuzz({reinterpret_cast<const char*>(data), size});
	return 0;
}
