// A small document of headings, paragraphs and tables, and its two forms. In texts, what stands in `backquotes` is code.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace siglab {

struct Heading {
	int level = 1;
	std::string text;
};
struct Paragraph {
	std::string text;
};
struct Listing {
	std::vector<std::string> head;
	std::vector<std::vector<std::string>> rows;
};

struct Document {
	std::string title;   // of the HTML page
	std::vector<std::variant<Heading, Paragraph, Listing>> blocks;

	void heading(int level, std::string text) { blocks.emplace_back(Heading{level, std::move(text)}); }
	void paragraph(std::string text) { blocks.emplace_back(Paragraph{std::move(text)}); }
	void table(Listing table) { blocks.emplace_back(std::move(table)); }
};

std::string to_markdown(const Document& document);
// One page that needs nothing from anywhere.
std::string to_html(const Document& document);

}  // namespace siglab
