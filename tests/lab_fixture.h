// What tests of the upper rooms share: the build's images, worlds by their text, and images made from a few lines of assembly.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/text.h"
#include "explore/campaign.h"
#include "explore/deviations.h"
#include "explore/machines.h"
#include "image/tool.h"

namespace siglab {

inline void PrintTo(const Verdict& verdict, std::ostream* out) {
	*out << property_name(verdict.property) << " (" << kind_name(verdict.kind) << ")";
}

}  // namespace siglab

namespace siglab::test {

inline ImageStore& store() {
	static ImageStore shared(Places{SIGLAB_IMAGES, SIGLAB_SOURCES});
	return shared;
}

// One machine for each ISA and engine: opening one takes longer than most tests.
inline Machine& machine(const Isa& isa, EngineKind kind = EngineKind::unicorn) {
	static std::map<std::pair<IsaId, EngineKind>, std::unique_ptr<Machine>> open;
	std::unique_ptr<Machine>& one = open[{isa.id, kind}];
	if (!one) {
		Result<std::unique_ptr<Machine>> opened = Machine::open(isa, {.recorder = kind, .replayer = kind});
		if (!opened) ADD_FAILURE() << opened.error().text;
		one = *std::move(opened);
	}
	return *one;
}

// The machine for a world, on Unicorn: one that has translated an IT block stops late in whatever it translates next (docs/engine.md), so a world
// that may have such blocks does not get the one that all others share.
inline Machine& machine_of(const World& world) {
	static Machines open(EngineKind::unicorn);
	Result<Machine*> one = open.of(world);
	if (!one) ADD_FAILURE() << one.error().text;
	return one ? **one : machine(world.isa());
}

inline Scenario scenario(const std::string& text) {
	Result<Scenario> parsed = parse_scenario(text);
	if (!parsed) ADD_FAILURE() << parsed.error().text;
	return parsed ? *parsed : Scenario{.guest = {.variant = find_variant("v0")}};
}

inline World world(const std::string& text) {
	Result<World> built = build_world(scenario(text), store());
	if (!built) ADD_FAILURE() << built.error().text;
	return built ? *std::move(built) : World{};
}

// The scenario's own signal at every boundary.
inline Sweep swept(const std::string& text) {
	World made = world(text);
	const Signal signal = made.scenario.signal;
	Machine& machine = machine_of(made);
	Result<Sweep> result = sweep(std::move(made), std::array{signal}, machine);
	if (!result) ADD_FAILURE() << result.error().text;
	return *std::move(result);
}

// What is not as the catalogue says, in words.
inline std::vector<std::string> deviations_in_words(const World& world, const Walk& walk, const Run& run) {
	std::vector<std::string> texts;
	for (const Deviation& deviation : deviations_of(world, walk, run)) texts.push_back(deviation.text);
	return texts;
}

// A file of the user's own, for the length of a test.
class OwnFile {
   public:
	OwnFile(const std::string& name, std::string_view text) : dir_(*TempDir::make()), path_(dir_.file(name)) {
		EXPECT_TRUE(write_file(path_, std::as_bytes(std::span{text})).ok());
	}
	[[nodiscard]] const std::string& path() const { return path_; }
	// As it stands in a scenario's text, in place of a variant or a vDSO.
	[[nodiscard]] std::string text() const { return guest_text({.file = path_}); }

   private:
	TempDir dir_;
	std::string path_;
};

// The catalogue's own source with one line replaced: what a user would try.
inline std::string edited(const std::string& source, std::string_view line, std::string_view by) {
	Result<std::string> text = read_text(fmt::format("{}/{}", SIGLAB_SOURCES, source));
	EXPECT_TRUE(text.ok());
	const size_t at = text->find(line);
	EXPECT_NE(at, std::string::npos) << source << " has no line '" << line << "'";
	EXPECT_EQ(text->find(line, at + 1), std::string::npos) << source << " has more than one line '" << line << "'";
	return text->replace(at, line.size(), by);
}

}  // namespace siglab::test
