#include "explore/handler_runs.h"

namespace siglab {

// What the host can tell of two handler runs without stepping through them. Runs of one class noted the same and left the same behind, from
// the same ghost.
void HandlerRuns::classify(const Delivery& delivery, const Observed& before, const Ghost& ghost, Signal signal, HandlerClass& key) {
	const Observed& now = delivery.observed;
	key.assign({static_cast<uint64_t>(signal), static_cast<uint64_t>(delivery.end.kind), now.fetch_count - before.fetch_count, now.fetched_g,
	            now.setg_reg, now.prof_count - before.prof_count, now.prof_pc, now.prof_sp, now.time_count - before.time_count, now.time,
	            now.nog_samples - before.nog_samples, now.badsignals - before.badsignals, now.quiet - before.quiet, ghost.depth, ghost.in_vdso});
	for (const OpenCall& call : ghost.calls) {
		key.push_back(uint64_t{call.pc_stored} | uint64_t{call.sp_stored} << 1 | uint64_t{call.sp_switched} << 2 |
		              uint64_t{call.slot_set} << 3);
	}
	for (const Change& change : delivery.changes) key.insert(key.end(), {change.at.value, change.after});
}

Result<const Watched*> HandlerRuns::run(const Snapshot& shadow, const Thread& thread, const Ghost& ghost, Signal signal, const Observed& before) {
	const auto watch = [&] { return watch_delivery(world_, machine_, shadow, thread, ghost, signal, signals_, longest_); };
	if (watch_all_) {
		Result<Watched> watched = watch();
		if (!watched) return watched.error();
		now_ = *std::move(watched);
		return &now_;
	}
	Delivery& delivery = now_.delivery;
	if (Status done = deliver_at(world_, machine_, shadow, thread, ghost, signal, delivery); !done) return done.error();
	classify(delivery, before, ghost, signal, key_);
	if (last_ == classes_.end() || last_->first != key_) last_ = classes_.find(key_);
	if (last_ == classes_.end()) {
		Result<Watched> watched = watch();
		if (!watched) return watched.error();
		last_ = classes_.emplace(key_, *std::move(watched)).first;
	}
	// The un-hooked engine knows that it faulted, or went round; only the hooked one knows exactly where.
	const EndKind end = delivery.end.kind;
	if (end == EndKind::fault || end == EndKind::undefined || end == EndKind::livelock) delivery.end = last_->second.delivery.end;
	now_.inside = last_->second.inside;
	now_.opens_mask = last_->second.opens_mask;
	return &now_;
}

}  // namespace siglab
