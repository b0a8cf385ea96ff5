# Dynarmic::Dynarmic: the second engine's library, as tools/setup.sh leaves it in build/dynarmic, or as somebody installed it.
set(fetched ${PROJECT_SOURCE_DIR}/build/dynarmic/usr)
foreach(found Dynarmic_INCLUDE_DIR Dynarmic_LIBRARY)
	if(${found} AND NOT EXISTS ${${found}})
		unset(${found} CACHE)
	endif()
endforeach()
find_path(Dynarmic_INCLUDE_DIR dynarmic/interface/A64/a64.h HINTS ${fetched}/include)
find_library(Dynarmic_LIBRARY dynarmic HINTS ${fetched}/lib ${fetched}/lib/${CMAKE_LIBRARY_ARCHITECTURE})
mark_as_advanced(Dynarmic_INCLUDE_DIR Dynarmic_LIBRARY)

if(Dynarmic_LIBRARY)
	file(REAL_PATH ${Dynarmic_LIBRARY} real)
	if(real MATCHES "\\.so\\.([0-9.]+)$")
		set(Dynarmic_VERSION ${CMAKE_MATCH_1})
	endif()
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Dynarmic REQUIRED_VARS Dynarmic_LIBRARY Dynarmic_INCLUDE_DIR VERSION_VAR Dynarmic_VERSION)

if(Dynarmic_FOUND AND NOT TARGET Dynarmic::Dynarmic)
	add_library(Dynarmic::Dynarmic SHARED IMPORTED)
	set_target_properties(Dynarmic::Dynarmic PROPERTIES
		IMPORTED_LOCATION ${Dynarmic_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${Dynarmic_INCLUDE_DIR})
	if(Dynarmic_LIBRARY MATCHES "^${fetched}/")
		# Debian's library names LLVM's as one that it needs, for a disassembler that the lab never calls.
		get_filename_component(libraries ${Dynarmic_LIBRARY} DIRECTORY)
		set(stand_in ${CMAKE_BINARY_DIR}/no_llvm)
		add_library(no_llvm SHARED ${CMAKE_CURRENT_LIST_DIR}/no_llvm.cc)
		set_target_properties(no_llvm PROPERTIES NO_SONAME ON OUTPUT_NAME LLVM-14 SUFFIX .so.1 LIBRARY_OUTPUT_DIRECTORY ${stand_in})
		target_link_options(no_llvm PRIVATE -Wl,-soname,libLLVM-14.so.1 -Wl,--version-script,${CMAKE_CURRENT_LIST_DIR}/no_llvm.map)
		add_dependencies(Dynarmic::Dynarmic no_llvm)
		# The old kind of run path holds for what a library needs in its turn, too.
		target_link_options(Dynarmic::Dynarmic INTERFACE
			-Wl,--disable-new-dtags -Wl,-rpath,${stand_in} -Wl,-rpath,${libraries} -Wl,-rpath-link,${stand_in}:${libraries})
	endif()
endif()
