#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace siglab::cli {

Terminal Terminal::of_stdout() {
	if (isatty(STDOUT_FILENO) == 0) return {};
	winsize size{};
	const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
	const char* no_colour = std::getenv("NO_COLOR");
	Terminal terminal;
	terminal.width = known ? size.ws_col : 0;
	terminal.colour = no_colour == nullptr || *no_colour == '\0';
	return terminal;
}

std::string Terminal::in(Ink ink, std::string_view text) const {
	return colour ? fmt::format("\x1b[{}m{}\x1b[0m", static_cast<int>(ink), text) : std::string{text};
}

TextStyle text_style() {
	const Terminal terminal = Terminal::of_stdout();
	TextStyle style{.colour = terminal.colour};
	if (terminal.width != 0) style.width = std::clamp<size_t>(terminal.width, 80, 200);
	return style;
}

}  // namespace siglab::cli
