#include "explore/film_stage.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "explore/film_raw.h"
#include "guest_asm/layout.h"
#include "image/disassemble.h"
#include "world/go_layout.h"

namespace siglab {

MachineRecord machine_of(const Isa& isa) {
	MachineRecord machine{.word = isa.word, .registers = film_registers(isa), .g = std::string{gpr_name(isa, isa.g)},
	                      .link = std::string{gpr_name(isa, isa.lr)}, .frame_size = uint32_t{isa.frame_size} + isa.frame_record_size, .frame = {}};
	for (const FrameRow& row : isa.frame_rows) machine.frame.push_back({std::string{row.name}, row.offset, row.width, row.count, row.first});
	return machine;
}

namespace {

struct Named {
	uint64_t address;
	std::string_view name;
};

constexpr Named kGs[] = {{CURG, "curg"},           {G0, "g0"},           {GSIGNAL, "gsignal"},   {OTHER_G, "another g"},
                         {OTHER_G0, "another g0"}, {OTHER_GSIGNAL, "another gsignal"}, {EXTRA_G0, "extra m's g0"}, {EXTRA_GSIGNAL, "extra m's gsignal"}};
constexpr Named kMs[] = {{M0, "m"}, {M1, "another m"}, {EXTRA_M, "extra m"}};

constexpr Named kObserved[] = {
	{OBS_TRAMP_COUNT, "sigtramp entered"}, {OBS_TRAMP_PC, "interrupted PC"},   {OBS_TRAMP_SIGNO, "signal"},          {OBS_FETCH_COUNT, "g fetched"},
	{OBS_FETCHED_G, "fetched g"},          {OBS_SETG_COUNT, "setg"},           {OBS_SETG_REG, "g register at setg"}, {OBS_HANDLER_COUNT, "handler entered"},
	{OBS_HANDLER_PC, "handler's PC"},      {OBS_PROF_COUNT, "traceback read"}, {OBS_PROF_PC, "vdsoPC read"},         {OBS_PROF_SP, "vdsoSP read"},
	{OBS_TIME_COUNT, "time read"},         {OBS_TIME, "time"},                 {OBS_NOG_SAMPLES, "sample without g"}, {OBS_BADSIGNAL, "badsignal"},
	{OBS_QUIET, "returned quietly"},       {OBS_RESULT_COUNT, "result"},       {OBS_RESULT_NS, "result in ns"},      {OBS_RESULT_SEC, "result's seconds"},
	{OBS_RESULT_NSEC, "result's nanoseconds"}};

void name_fields(const GoOffsets& offsets, StageRecord& stage) {
	const auto name = [&](const Named& object, std::optional<uint64_t> offset, std::string_view field) {
		if (offset) stage.names[object.address + *offset] = fmt::format("{}.{}", object.name, field);
	};
	for (const Named& g : kGs) {
		name(g, offsets.g_stack_lo, "stack.lo");
		name(g, offsets.g_stack_hi, "stack.hi");
		name(g, offsets.g_m, "m");
		name(g, offsets.g_sched_sp, "sched.sp");
	}
	for (const Named& m : kMs) {
		name(m, offsets.m_g0, "g0");
		name(m, offsets.m_gsignal, "gsignal");
		name(m, offsets.m_curg, "curg");
		name(m, offsets.m_vdso_sp, "vdsoSP");
		name(m, offsets.m_vdso_pc, "vdsoPC");
	}
}

void name_words(const World& world, StageRecord& stage) {
	name_fields(read_offsets(*world.guest), stage);
	for (const Named& cell : kObserved) stage.names[OBSERVER + cell.address] = cell.name;
	stage.names[TLS_BLOCK + TLS_G] = "TLS g";
	if (world.truth.slot) stage.names[world.truth.slot->value] = "slot";
	for (const Symbol& symbol : world.guest->symbols()) {
		if (!symbol.absolute && !symbol.function && GUEST_DATA <= symbol.value && symbol.value < GUEST_DATA + GUEST_DATA_SIZE) {
			stage.names[symbol.value] = symbol.name;
		}
	}
	for (const Named& g : kGs) stage.objects[g.address] = g.name;
	for (const Named& m : kMs) stage.objects[m.address] = m.name;
}

// The byte that a region holds wherever nothing else was put: its last one.
std::byte fill_of(const RegionPlan& region) {
	return region.contents.size() == region.range.size() ? region.contents.back() : std::byte{0};
}

void add_region(const RegionPlan& region, uint8_t word, StageRecord& stage) {
	const std::byte fill = fill_of(region);
	stage.regions.push_back({region.name, region.range.begin.value, region.range.end.value, std::to_integer<uint32_t>(fill)});
	const std::vector<std::byte> as_filled(word, fill);
	for (size_t at = 0; at + word <= region.contents.size(); at += word) {
		const std::byte* bytes = region.contents.data() + at;
		if (std::equal(as_filled.begin(), as_filled.end(), bytes)) continue;
		uint64_t value = 0;
		std::memcpy(&value, bytes, word);
		fmt::format_to(std::back_inserter(stage.memory), "{}@{:x}={:x}", stage.memory.empty() ? "" : " ", region.range.begin.value + at, value);
	}
}

}  // namespace

StageRecord stage_of(const World& world) {
	StageRecord stage;
	for (const RegionPlan& region : world.plan) {
		if (allows(region.perm, Perm::write)) add_region(region, world.isa().word, stage);
	}
	name_words(world, stage);
	return stage;
}

namespace {

// An image under its name in a film, where it is mapped, and where its source is.
struct Listed {
	std::string name;
	const Image* image;
	uint64_t base;
	std::string source;
};

std::vector<Listed> images_of(const World& world, const std::string& sources) {
	const Scenario& s = world.scenario;
	const std::string_view isa = s.isa->name;
	// "none" has all the same what a handler returns through.
	const std::string vdso = s.vdso.none() ? "clean" : vdso_text(s.vdso);
	std::vector<Listed> all = {{fmt::format("{}:{}", isa, guest_text(s.guest)), world.guest.get(), 0, s.guest.file}};
	if (s.guest.variant != nullptr) all[0].source = fmt::format("{}/guest_asm/{}/{}.S", sources, isa, s.guest.variant->id);
	if (world.vdso) {
		all.push_back({fmt::format("{}:vdso:{}", isa, vdso), world.vdso.get(), VDSO, s.vdso.file});
		if (s.vdso.file.empty()) all.back().source = fmt::format("{}/vdso_blobs/{}/{}.S", sources, isa, vdso);
	}
	if (world.sigpage) all.push_back({fmt::format("{}:sigpage", isa), world.sigpage.get(), 0, fmt::format("{}/kernel_model/sigpage_{}.S", sources, isa)});
	return all;
}

const Symbol* function_at(const Image& image, uint64_t address) {
	for (const Symbol& symbol : image.symbols()) {
		if (symbol.function && !symbol.absolute && symbol.start() <= address && address - symbol.start() < symbol.size) return &symbol;
	}
	return nullptr;
}

class Lister {
   public:
	explicit Lister(const Listed& listed) : listed_(listed), image_(*listed.image) {
		if (!listed.source.ends_with(".S") && !listed.source.ends_with(".s")) return;
		if (Result<std::string> text = read_text(listed.source)) lines_ = split(*text, '\n');
	}

	void add(uint64_t address) {
		if (listing_.code.contains(address)) return;
		const Symbol* function = function_at(image_, address - listed_.base);
		if (function == nullptr) return add_code(address, address + 1);
		listing_.functions[listed_.base + function->start()] = function->name;
		add_code(listed_.base + function->start(), listed_.base + function->start() + function->size);
	}

	ListingRecord take() {
		for (size_t i = 0; i < lines_.size();) {
			size_t end = i;
			while (end < lines_.size() && shown_.contains(end)) ++end;
			if (end > i) add_stretch(i, end);
			i = std::max(end, i + 1);
		}
		return std::move(listing_);
	}

   private:
	void add_code(uint64_t begin, uint64_t end) {
		size_t first = lines_.size(), last = 0;
		for (uint64_t at = begin; at < end;) {
			const Instruction instruction = disassemble(image_, at - listed_.base, image_.thumb(at - listed_.base));
			const SourceLine* source = image_.line(at - listed_.base);
			const uint32_t line = source == nullptr || source->number > lines_.size() ? 0 : source->number;
			listing_.code[at] = {instruction.text, line};
			if (line != 0) first = std::min<size_t>(first, line - 1), last = std::max<size_t>(last, line - 1);
			at += std::max<uint8_t>(instruction.size, 1);
		}
		if (first < lines_.size()) show_lines(first, last);
	}

	// With what stands around them up to a blank line: the contract in front, the directives behind.
	void show_lines(size_t first, size_t last) {
		while (first > 0 && !lines_[first - 1].empty()) --first;
		while (last + 1 < lines_.size() && !lines_[last + 1].empty()) ++last;
		for (size_t line = first; line <= last; ++line) shown_.insert(line);
	}

	void add_stretch(size_t begin, size_t end) {
		listing_.source.push_back({static_cast<uint32_t>(begin + 1), join(std::span{lines_}.subspan(begin, end - begin), "\n")});
	}

	const Listed& listed_;
	const Image& image_;
	std::vector<std::string> lines_;
	std::set<size_t> shown_;
	ListingRecord listing_;
};

}  // namespace

std::map<std::string, ListingRecord> listings_of(const World& world, const std::set<uint64_t>& addresses, const std::string& sources) {
	std::map<std::string, ListingRecord> listings;
	for (const Listed& listed : images_of(world, sources)) {
		Lister lister(listed);
		for (const uint64_t address : addresses) {
			if (world.site({address}).image == listed.image) lister.add(address);
		}
		listings[listed.name] = lister.take();
	}
	return listings;
}

}  // namespace siglab
