# Puts the page's files together into one C++ source: cmake -DFRAME=page.html -DSTYLES=a.css;b.css -DMODULES=a.js;b.js -DOUTPUT=page_parts.cc -P inline.cmake
#
# Modules come in the order in which they need each other; together they are one, so `import` lines fall away, and `export` too. An import
# stands on one line. A name that two of them define at their left edge ends the build: the page would stay empty, and say nothing.
cmake_minimum_required(VERSION 3.25)
file(READ ${FRAME} frame)
set(style "")
foreach(sheet IN LISTS STYLES)
	file(READ ${sheet} text)
	string(APPEND style "${text}")
endforeach()
set(script "")
set(known "")
foreach(module IN LISTS MODULES)
	file(READ ${module} text)
	string(REGEX REPLACE "(^|\n)import [^\n]*" "\\1" text "${text}")
	string(REGEX REPLACE "(^|\n)export " "\\1" text "${text}")
	string(APPEND script "${text}")
	string(REGEX MATCHALL "\n(async )?(const|let|function|class) [A-Za-z0-9_$]+" names "\n${text}")
	foreach(name IN LISTS names)
		string(REGEX REPLACE "^.* " "" name "${name}")
		if(name IN_LIST known)
			message(FATAL_ERROR "${module}: ${name} is defined in another module of the page too")
		endif()
		list(APPEND known ${name})
	endforeach()
endforeach()
string(FIND "${frame}" "@DATA@" at)
string(SUBSTRING "${frame}" 0 ${at} front)
math(EXPR behind "${at} + 6")
string(SUBSTRING "${frame}" ${behind} -1 back)
string(REPLACE "@STYLE@" "${style}" front "${front}")
string(REPLACE "@SCRIPT@" "${script}" back "${back}")
file(WRITE ${OUTPUT} "// Made by report/page/inline.cmake.
#include \"report/page_parts.h\"

namespace siglab {

const std::string_view kPageFront = R\"siglab(${front})siglab\";
const std::string_view kPageBack = R\"siglab(${back})siglab\";

}  // namespace siglab
")
