// Result<T>: a value, or an error that a person can act on.
//
// Models    every failure the lab can report: one line of text and the exit code it leads to (README, Exit codes).
// Does not  carry programming errors: those are assertions. No exception leaves a room.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace siglab {

// The documented exit codes of the command line.
enum class Exit : int {
	ok = 0,           // everything is as the catalogue says; or every property holds for the user's file
	deviation = 1,    // a deviation from the catalogue; a property violated by the user's file
	usage = 2,        // wrong usage or malformed input
	inconclusive = 3, // a bound or a limit
	environment = 4,  // the environment or an engine failed
	vacuous = 5,      // nothing fired, or a part is missing
	interrupted = 130,
};

// One line, without a newline: what is wrong and what to do about it.
struct Error {
	Exit exit = Exit::usage;
	std::string text;
};

struct Done {};

template <class T>
class [[nodiscard]] Result {
   public:
	Result(T value) : held_(std::move(value)) {}
	Result(Error error) : held_(std::move(error)) {}
	// A fresh value to fill in, for one that is too large to be handed over.
	explicit Result(std::in_place_t) : held_(std::in_place_index<0>) {}

	[[nodiscard]] bool ok() const { return held_.index() == 0; }
	explicit operator bool() const { return ok(); }

	T& operator*() & { return value(); }
	const T& operator*() const& { return value(); }
	T operator*() && { return std::move(value()); }
	T* operator->() { return &value(); }
	const T* operator->() const { return &value(); }

	[[nodiscard]] const Error& error() const {
		assert(!ok());
		return std::get<1>(held_);
	}

   private:
	T& value() {
		assert(ok());
		return std::get<0>(held_);
	}
	const T& value() const {
		assert(ok());
		return std::get<0>(held_);
	}

	std::variant<T, Error> held_;
};

using Status = Result<Done>;

}  // namespace siglab
