// The code that films run through: by image, whole functions with their source.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "record/film.h"
#include "world/world.h"

namespace siglab {

// Several threads may add; what is there in the end does not depend on their order.
class ListingStore {
   public:
	// `sources`: the lab/ folder. A source that cannot be read is left out.
	explicit ListingStore(std::string sources) : sources_(std::move(sources)) {}

	// Adds the functions that these addresses lie in. The names of the world's images in a film.
	std::vector<std::string> add(const World& world, const std::set<uint64_t>& addresses);
	std::map<std::string, ListingRecord> take();

   private:
	// One image, where it is mapped, and its source.
	struct Listed {
		ImagePtr image;
		uint64_t base = 0;
		std::vector<std::string> lines;
		std::set<size_t> shown;        // of `lines`
		ListingRecord listing;
	};
	struct Place {
		std::string name;
		ImagePtr image;
		uint64_t base;
		std::string source;
	};
	[[nodiscard]] std::vector<Place> images_of(const World& world) const;
	Listed& listed(const Place& place);

	static void add_address(Listed& listed, uint64_t address);
	static void add_code(Listed& listed, uint64_t begin, uint64_t end);
	static void show_lines(Listed& listed, size_t first, size_t last);

	const std::string sources_;
	std::mutex mutex_;
	std::map<std::string, Listed> all_;
};

}  // namespace siglab
