// JSON text to a tree, without an exception.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace siglab {

using Json = nlohmann::json;

// Builds the tree, and refuses what a tree would hide: doubled members, and depth that no record has.
class JsonTree final : public nlohmann::json_sax<Json> {
   public:
	bool null() override { return put(nullptr); }
	bool boolean(bool value) override { return put(value); }
	bool number_integer(int64_t value) override { return put(value); }
	bool number_unsigned(uint64_t value) override { return put(value); }
	bool number_float(double value, const std::string&) override { return put(value); }
	bool string(std::string& value) override { return put(std::move(value)); }
	bool binary(binary_t&) override { return refuse("binary data"); }
	bool start_object(size_t) override { return open(Json::object()); }
	bool start_array(size_t) override { return open(Json::array()); }
	bool end_object() override { return close(); }
	bool end_array() override { return close(); }
	bool key(std::string& name) override {
		if (open_.back()->contains(name)) return refuse(fmt::format("the member '{}' stands twice", name));
		key_ = std::move(name);
		return true;
	}
	bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
		return refuse(fmt::format("not JSON at byte {}", position));
	}

	[[nodiscard]] const Json& root() const { return root_; }
	[[nodiscard]] const std::string& error() const { return error_; }

   private:
	static constexpr size_t kMaxDepth = 8;

	bool refuse(std::string why) {
		error_ = std::move(why);
		return false;
	}
	Json& place(Json value) {
		if (open_.empty()) return root_ = std::move(value);
		if (open_.back()->is_object()) return (*open_.back())[key_] = std::move(value);
		open_.back()->push_back(std::move(value));
		return open_.back()->back();
	}
	bool put(Json value) {
		place(std::move(value));
		return true;
	}
	bool open(Json container) {
		if (open_.size() == kMaxDepth) return refuse(fmt::format("nested deeper than {}", kMaxDepth));
		open_.push_back(&place(std::move(container)));
		return true;
	}
	bool close() {
		open_.pop_back();
		return true;
	}

	Json root_;
	std::vector<Json*> open_;
	std::string key_;
	std::string error_;
};

// A record is refused in one line that a terminal may be given, whatever names its text brought.
inline Error refused(std::string why) {
	constexpr size_t kMost = 300;
	std::replace_if(why.begin(), why.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
	if (why.size() > kMost) why.replace(kMost, std::string::npos, "...");
	return {Exit::usage, std::move(why)};
}

}  // namespace siglab
