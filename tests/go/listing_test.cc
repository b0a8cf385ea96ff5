// Go's trampolines as instructions: the landmarks are where they should be, and what differs from v5 is what docs/real-go.md explains.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "go_pair.h"
#include "landmarks.h"

namespace siglab::go {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using Rows = std::set<std::string>;

Pair any_pair(const Isa& isa) { return pair_of(fmt::format("{}:v5:nanotime1:curg:clean:go:PROF:1", isa.name)); }

// The patterns, on the source whose labels say where each landmark is.
TEST(GoLandmarks, ArePutWhereV5HasThem) {
	for (const Isa* isa : all_isas()) {
		const Image& v5 = *any_pair(*isa).v5.guest;
		for (const std::string name : {"nanotime1", "walltime1"}) {
			Result<std::vector<Landmark>> found = find_landmarks(*isa, listing_of(v5, "runtime." + name), read_offsets(v5));
			ASSERT_TRUE(found.ok()) << found.error().text;
			for (const Landmark& landmark : *found) {
				const Symbol* label = v5.find(fmt::format("{}.{}", name, landmark.mark));
				// No label of v5's tells the second call from the first: nothing depends on it.
				ASSERT_NE(label, nullptr) << landmark.mark;
				EXPECT_EQ(label->value, landmark.address) << isa->name << " " << label->name;
			}
		}
	}
}

TEST(GoLandmarks, AreNotGuessed) {
	for (const Isa* isa : all_isas()) {
		const Image& v5 = *any_pair(*isa).v5.guest;
		Result<std::vector<Landmark>> found = find_landmarks(*isa, listing_of(v5, "runtime.sigtrampgo"), read_offsets(v5));
		ASSERT_FALSE(found.ok());
		EXPECT_THAT(found.error().text, HasSubstr("the vdsopc_store, is there 0 times, not 2: this is not the trampoline of Go 1.19"));
		GoOffsets other = read_offsets(v5);
		other.m_vdso_sp = 4;
		found = find_landmarks(*isa, listing_of(v5, "runtime.nanotime1"), other);
		ASSERT_FALSE(found.ok());
		EXPECT_THAT(found.error().text, HasSubstr("the vdsosp_store, is there 0 times"));
	}
}

// "| arm64 | nanotime1, walltime1 | `Go's` | `v5's` |": a row as the document has it, but for its last column.
Rows rows_of_images() {
	std::map<std::string, std::string> functions;
	for (const Isa* isa : all_isas()) {
		const Pair pair = any_pair(*isa);
		for (const std::string_view function : kFunctions) {
			const Listing go = listing_of(*pair.go.guest, function), v5 = listing_of(*pair.v5.guest, function);
			for (const Difference& d : differences(go, v5)) {
				const std::string name{function.substr(function.find('.') + 1)}, theirs = text_of(go, d.first_begin, d.first_end);
				std::string& in = functions[fmt::format("`{}` | `{}` |", theirs, text_of(v5, d.second_begin, d.second_end))];
				if (in.empty()) {
					in = fmt::format("| {} | {}", isa->name, name);
				} else if (!in.ends_with(name)) {
					in += ", " + name;
				}
			}
		}
	}
	Rows rows;
	for (const auto& [texts, in] : functions) rows.insert(fmt::format("{} | {}", in, texts));
	return rows;
}

Rows rows_of_document() {
	Result<std::string> text = read_text(SIGLAB_ROOT "/docs/real-go.md");
	EXPECT_TRUE(text.ok());
	Rows rows;
	for (const std::string& line : split(text ? *text : "", '\n')) {
		if (!line.starts_with("| arm")) continue;
		const size_t why = line.rfind("| ", line.size() - 2);
		EXPECT_GT(line.size() - why, 20u) << "no explanation: " << line;
		rows.insert(line.substr(0, why + 1));
	}
	return rows;
}

TEST(GoInstructions, DifferFromV5AsTheDocumentExplains) {
	const Rows there = rows_of_images(), explained = rows_of_document();
	for (const std::string& row : there) EXPECT_TRUE(explained.contains(row)) << "docs/real-go.md does not explain: " << row;
	for (const std::string& row : explained) EXPECT_TRUE(there.contains(row)) << "docs/real-go.md explains what is not there: " << row;
}

// A branch leads to the same instruction in both.
TEST(GoInstructions, BranchToWhereV5Does) {
	for (const Isa* isa : all_isas()) {
		const Pair pair = any_pair(*isa);
		const Correspondence correspondence(pair);
		for (const std::string_view function : kFunctions) {
			std::map<uint64_t, Line> v5;
			for (const Line& line : listing_of(*pair.v5.guest, function)) v5[line.address] = line;
			for (const Line& line : listing_of(*pair.go.guest, function)) {
				const auto same = v5.find(correspondence.as_v5(line.address));
				if (!line.target || same == v5.end()) continue;
				ASSERT_TRUE(same->second.target.has_value()) << line.text;
				EXPECT_EQ(correspondence.as_v5(*line.target), *same->second.target) << function << ": " << line.text;
			}
		}
	}
}

}  // namespace
}  // namespace siglab::go
