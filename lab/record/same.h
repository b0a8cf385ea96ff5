// What lists of members are written for: a type, const or not.
#pragma once

#include <concepts>
#include <type_traits>

namespace siglab {

template <class T, class Of>
concept Same = std::same_as<std::remove_const_t<T>, Of>;

}  // namespace siglab
