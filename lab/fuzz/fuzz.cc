#include "fuzz/fuzz.h"

#include <mutex>

#include "base/threads.h"
#include "fuzz/batch.h"
#include "fuzz/plan.h"

namespace siglab {
namespace {

class Fuzz {
   public:
	Fuzz(FuzzRecord record, const FuzzRun& run, ImageStore& store) : record_(std::move(record)), run_(run), store_(store), plan_(record_, run.threads) {}

	Result<FuzzRecord> run() {
		record_.outcome = "complete";
		on_threads(run_.threads, [this] { work(); });
		if (error_) return *error_;
		if (!is_complete(record_)) record_.outcome = interrupted() ? "interrupted" : "time-limit";
		if (run_.save) {
			if (const Status saved = run_.save(record_); !saved) return saved.error();
		}
		return std::move(record_);
	}

   private:
	[[nodiscard]] bool interrupted() const { return run_.interrupted != nullptr && run_.interrupted->load(); }
	[[nodiscard]] bool is_over() const { return interrupted() || (run_.deadline && std::chrono::steady_clock::now() >= *run_.deadline); }

	// Takes the next batch that nobody has, on machines of its own.
	void work() {
		Judge judge(store_, run_.interrupted, run_.engine);
		while (!is_over() && !failed_) {
			const uint64_t number = next_.fetch_add(1);
			const std::vector<uint64_t> indices = plan_.batch(number);
			if (indices.empty()) return;
			Result<BatchResult> result = run_batch(judge, run_.draw, indices, run_.out, run_.interrupted);
			const std::lock_guard lock(mutex_);
			results_.emplace(number, std::move(result));
			take_over();
		}
	}

	// Whatever is next in order, as far as it is there.
	void take_over() {
		for (auto at = results_.find(taken_); at != results_.end() && !failed_; at = results_.find(taken_)) {
			Result<BatchResult>& result = at->second;
			if (!result) return fail(result.error());
			if (result->cut) return;
			add(*std::move(result));
			record_.shards.front().next = plan_.behind(taken_++);
			results_.erase(at);
			if (run_.progress) run_.progress(record_);
			if (!run_.save) continue;
			if (const Status saved = run_.save(record_); !saved) return fail(saved.error());
		}
	}

	void add(BatchResult result) {
		for (const auto& [name, counts] : result.tallies) {
			for (const auto& [what, count] : counts) record_.tallies[name][what] += count;
		}
		record_.digest += result.digest;
		record_.left.insert(record_.left.end(), result.left.begin(), result.left.end());
		std::sort(record_.left.begin(), record_.left.end());
		std::stable_sort(result.finds.begin(), result.finds.end(), [](const FuzzFind& a, const FuzzFind& b) { return std::tie(a.index, a.isa) < std::tie(b.index, b.isa); });
		for (FuzzFind& find : result.finds) record_.finds.push_back(std::move(find));
	}

	void fail(const Error& error) {
		error_ = error;
		failed_ = true;
	}

	FuzzRecord record_;
	const FuzzRun& run_;
	ImageStore& store_;
	const FuzzPlan plan_;
	std::atomic<uint64_t> next_{0};
	std::atomic<bool> failed_{false};
	std::mutex mutex_;
	std::map<uint64_t, Result<BatchResult>> results_;
	uint64_t taken_ = 0;
	std::optional<Error> error_;
};

template <class T, class Name>
std::vector<std::string> names(const std::vector<T>& axis, const Name& name) {
	std::vector<std::string> all;
	for (const T& value : axis) all.emplace_back(name(value));
	return all;
}

}  // namespace

FuzzRecord new_task(const Draw& draw, uint64_t from, uint64_t count, uint32_t shard, uint32_t of) {
	FuzzRecord record{.seed = draw.seed, .from = from, .to = from + std::min(count, UINT64_MAX - from), .axes = {}, .breakage = std::string{breakage_name(draw.breakage)},
	                  .explore = draw.explore, .ticks = draw.ticks, .shards = {{shard, of, from}}};
	record.axes["isa"] = names(draw.isas, [](const Isa* isa) { return isa->name; });
	record.axes["variant"] = names(draw.guests, guest_text);
	record.axes["function"] = names(draw.functions, function_name);
	record.axes["caller"] = names(draw.callers, caller_name);
	record.axes["world"] = names(draw.worlds, world_name);
	record.axes["signal"] = names(draw.signals, signal_name);
	record.shards.front().next = FuzzPlan(record).first();
	return record;
}

Result<FuzzRecord> run_fuzz(FuzzRecord record, const FuzzRun& run, ImageStore& store) { return Fuzz(std::move(record), run, store).run(); }

}  // namespace siglab
