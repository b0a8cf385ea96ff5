// The mirror shows shared memory a second time, and a page of it can be written only once it is open. Asked of the kernel, which answers EFAULT
// where a load or a store of our own would end the process.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "machine/mirror.h"

namespace siglab {
namespace {

constexpr uint64_t kArena = 8 * kPageSize;

class MirrorTest : public testing::Test {
   protected:
	void SetUp() override {
		void* arena = mmap(nullptr, kArena, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		ASSERT_NE(arena, MAP_FAILED);
		arena_ = static_cast<std::byte*>(arena);
		ASSERT_EQ(pipe(ends_), 0);
		ASSERT_NE(mirror_.base(), nullptr);
	}
	void TearDown() override {
		munmap(arena_, kArena);
		close(ends_[0]);
		close(ends_[1]);
	}

	Region region(uint64_t first_page, uint64_t pages, Perm perm) {
		return {"r", {{first_page * kPageSize}, {(first_page + pages) * kPageSize}}, perm, arena_ + first_page * kPageSize};
	}
	// What a load sees, if it may; a store of that value, if it may.
	std::optional<std::byte> load(uint64_t at) {
		if (write(ends_[1], mirror_.base() + at, 1) != 1) return std::nullopt;
		std::byte value{};
		return read(ends_[0], &value, 1) == 1 ? std::optional{value} : std::nullopt;
	}
	bool store(uint64_t at, std::byte value) {
		if (write(ends_[1], &value, 1) != 1) return false;
		if (read(ends_[0], mirror_.base() + at, 1) == 1) return true;
		EXPECT_EQ(errno, EFAULT);
		EXPECT_EQ(read(ends_[0], &value, 1), 1);
		return false;
	}

	std::byte* arena_ = nullptr;
	int ends_[2] = {};
	Mirror mirror_{kArena};
};

TEST_F(MirrorTest, APageCanBeReadAtOnceAndWrittenWhenItIsOpen) {
	const Region regions[] = {region(1, 2, Perm::read | Perm::write)};
	ASSERT_TRUE(mirror_.map(regions).ok());
	arena_[kPageSize + 7] = std::byte{42};
	EXPECT_EQ(load(kPageSize + 7), std::byte{42});
	EXPECT_FALSE(store(kPageSize + 7, std::byte{1}));
	mirror_.open(1);
	EXPECT_TRUE(store(kPageSize + 7, std::byte{43}));
	EXPECT_EQ(arena_[kPageSize + 7], std::byte{43});
	EXPECT_FALSE(store(2 * kPageSize, std::byte{1})) << "its neighbour is closed";
}

TEST_F(MirrorTest, WhatIsNotMappedIsNotThere) {
	const Region regions[] = {region(1, 1, Perm::read | Perm::write)};
	ASSERT_TRUE(mirror_.map(regions).ok());
	mirror_.open(0);
	EXPECT_EQ(load(0), std::nullopt);
	EXPECT_EQ(load(2 * kPageSize), std::nullopt);
	EXPECT_EQ(load(kArena), std::nullopt) << "the page behind it";
}

TEST_F(MirrorTest, ConstantMemoryNeverOpens) {
	const Region regions[] = {region(1, 1, Perm::read | Perm::exec), region(2, 1, Perm::exec)};
	ASSERT_TRUE(mirror_.map(regions).ok());
	mirror_.open(1);
	EXPECT_FALSE(store(kPageSize, std::byte{1}));
	EXPECT_EQ(load(kPageSize), std::byte{0});
	EXPECT_EQ(load(2 * kPageSize), std::nullopt) << "not readable";
}

TEST_F(MirrorTest, MappingAgainClosesWhatWasOpenAndDropsWhatIsGone) {
	const Region first[] = {region(1, 1, Perm::read | Perm::write), region(3, 1, Perm::read | Perm::write)};
	ASSERT_TRUE(mirror_.map(first).ok());
	mirror_.open(1);
	ASSERT_TRUE(mirror_.map(first).ok());
	EXPECT_FALSE(store(kPageSize, std::byte{1})) << "the same regions";
	mirror_.open(1);
	const Region then[] = {region(1, 1, Perm::read | Perm::write)};
	ASSERT_TRUE(mirror_.map(then).ok());
	EXPECT_FALSE(store(kPageSize, std::byte{1})) << "others";
	EXPECT_EQ(load(3 * kPageSize), std::nullopt);
}

TEST_F(MirrorTest, MemoryThatIsNotSharedStaysClosed) {
	void* own = mmap(nullptr, kPageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(own, MAP_FAILED);
	const Region regions[] = {{"own", {{0}, {kPageSize}}, Perm::read | Perm::write, static_cast<std::byte*>(own)}};
	ASSERT_TRUE(mirror_.map(regions).ok());
	mirror_.open(0);
	EXPECT_EQ(load(0), std::nullopt);
	munmap(own, kPageSize);
}

}  // namespace
}  // namespace siglab
