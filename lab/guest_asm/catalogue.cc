#include "guest_asm/catalogue.h"

namespace siglab {
namespace {

using enum IsaId;

// Go's arm64 port took arm's hashes over with arm's code.
constexpr WrongHash kHashOfArm = {{arm64}, "__vdso_clock_gettime"};

constexpr Variant kVariants[] = {
	{.id = "v0", .releases = "Go 1.11 .. 1.13", .change = "the g register is believed wherever the signal came",
	 .fetch = Fetch::from_register, .sigtramp_saves = {arm64}, .wrong_hash = kHashOfArm},
	{.id = "v1", .releases = "CL 192937", .change = "nil is assumed in the vDSO's page",
	 .fetch = Fetch::nil_in_page, .sigtramp_saves = {arm64}, .wrong_hash = kHashOfArm},
	{.id = "v2", .releases = "CL 202759", .change = "g is saved at the bottom of the signal stack, and fetched from there",
	 .fetch = Fetch::slot, .saves_slot = true, .saves_on_gsignal = true, .saves_under_cgo = true, .register_late = true,
	 .sigtramp_saves = {arm64}, .wrong_hash = kHashOfArm},
	{.id = "v3", .releases = "Go 1.14", .change = "no save under cgo or on gsignal; the fetched g goes into the register at once",
	 .fetch = Fetch::slot_unless_cgo, .nil_path = NilPath::exits, .quiet_urg = true, .saves_slot = true, .sigtramp_saves = {arm64, arm},
	 .wrong_hash = kHashOfArm},
	{.id = "v4", .releases = "Go 1.15 .. 1.18", .change = "an interrupted call's vdsoPC and vdsoSP are kept and put back",
	 .fetch = Fetch::slot_unless_cgo, .nil_path = NilPath::exits, .quiet_urg = true, .saves_slot = true, .keeps_old_pair = true,
	 .time_bug = {arm}, .sigtramp_saves = {arm64, arm}, .wrong_hash = kHashOfArm},
	{.id = "v5", .releases = "Go 1.19 .. 1.23", .change = "vdsoSP is the caller's SP; arm's nested call returns the right time",
	 .fetch = Fetch::slot_unless_cgo, .nil_path = NilPath::exits, .quiet_urg = true, .saves_slot = true, .keeps_old_pair = true,
	 .declares_caller_sp = true, .sigtramp_saves = {arm64, arm}, .wrong_hash = kHashOfArm},
	{.id = "v6", .releases = "Go 1.24 .. now", .change = "the vDSO is its first PT_LOAD, not one page; arm calls through vdsoCall",
	 .fetch = Fetch::slot_unless_cgo, .page_test = PageTest::first_load, .nil_path = NilPath::exits, .quiet_urg = true, .saves_slot = true,
	 .keeps_old_pair = true, .declares_caller_sp = true, .sigtramp_saves = {arm64, arm}, .skips_lo_zero = {arm}},
	{.id = "v7", .releases = "ours", .change = "g is in TLS always, and sigtramp loads it from there",
	 .fetch = Fetch::tls, .page_test = PageTest::first_load, .nil_path = NilPath::exits, .quiet_urg = true, .keeps_old_pair = true,
	 .declares_caller_sp = true, .sigtramp_saves = {arm64, arm}},
	{.id = "v3-r11", .isas = {arm}, .releases = "between v2 and v3", .change = "as v3, but the test of iscgo destroys the function's pointer in r11",
	 .fetch = Fetch::slot_unless_cgo, .nil_path = NilPath::exits, .quiet_urg = true, .saves_slot = true, .sigtramp_saves = {arm64, arm},
	 .loses_pointer = {arm}, .museum = true},
	{.id = "v5-pcfirst", .releases = "riscv64's order", .change = "as v5, but vdsoPC is put back before vdsoSP",
	 .fetch = Fetch::slot_unless_cgo, .nil_path = NilPath::exits, .quiet_urg = true, .saves_slot = true, .keeps_old_pair = true,
	 .declares_caller_sp = true, .sigtramp_saves = {arm64, arm}, .wrong_hash = kHashOfArm, .pc_restored_first = true, .museum = true},
};

}  // namespace

const std::string_view kLongjmp = "longjmp";

std::span<const Variant> all_variants() { return kVariants; }

const Variant* find_variant(std::string_view id) {
	for (const Variant& variant : kVariants) {
		if (variant.id == id) return &variant;
	}
	return nullptr;
}

std::vector<std::string> variant_names() {
	std::vector<std::string> names;
	for (const Variant& variant : kVariants) names.emplace_back(variant.id);
	return names;
}

}  // namespace siglab
