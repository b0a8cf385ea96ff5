// The rows of isa/ against the cross compilers' headers: every row, both ways, and the frame's size.
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>

#include "isa/isa.h"
#include "run_guest.h"

namespace siglab::test {
namespace {

struct Place {
	unsigned offset = 0;
	unsigned size = 0;
	bool operator==(const Place&) const = default;
	friend std::ostream& operator<<(std::ostream& out, const Place& place) { return out << place.size << " bytes at " << place.offset; }
};
using Layout = std::map<std::string, Place>;

Layout system_layout(const char* command) {
	Layout layout;
	std::istringstream lines{output_of(command).value_or("")};
	std::string name;
	Place place;
	while (lines >> name >> place.offset >> place.size) layout[name] = place;
	return layout;
}

Layout our_layout(const Isa& isa) {
	Layout layout;
	for (const FrameRow& row : isa.frame_rows) layout[std::string{row.name}] = {row.offset, unsigned{row.width} * row.count};
	layout["sizeof"] = {0, isa.frame_size};
	layout["minsigstksz"] = {0, isa.min_sigstack};
	return layout;
}

void expect_alike(const Isa& isa, const char* command) {
	const Layout theirs = system_layout(command);
	const Layout ours = our_layout(isa);
	ASSERT_FALSE(theirs.empty()) << "no output from: " << command;
	for (const auto& [name, place] : ours) {
		const auto found = theirs.find(name);
		ASSERT_NE(found, theirs.end()) << "the headers' program says nothing of " << name;
		EXPECT_EQ(place, found->second) << name;
	}
	for (const auto& [name, place] : theirs) EXPECT_TRUE(ours.contains(name)) << "isa/ has no row " << name;
}

TEST(FrameLayout, OfArm64IsTheHeaders) { expect_alike(kArm64, SIGLAB_QEMU_ARM64 " " SIGLAB_LAYOUT_ARM64); }
TEST(FrameLayout, OfArmIsTheHeaders) { expect_alike(kArm, SIGLAB_QEMU_ARM " " SIGLAB_LAYOUT_ARM); }

}  // namespace
}  // namespace siglab::test
