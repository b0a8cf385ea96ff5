# The catalogue's images, made by the lab's own recipe. The lists stand in the catalogues; a line there without its .S fails here, by name.
function(image isa kind source output)
	if(NOT EXISTS ${source})
		message(FATAL_ERROR "the catalogue names ${source}, which does not exist")
	endif()
	get_filename_component(folder ${output} DIRECTORY)
	file(MAKE_DIRECTORY ${folder})
	file(GLOB shared ${CMAKE_CURRENT_SOURCE_DIR}/guest_asm/*.h ${CMAKE_CURRENT_SOURCE_DIR}/guest_asm/*.ld
		${CMAKE_CURRENT_SOURCE_DIR}/vdso_blobs/*.ld ${CMAKE_CURRENT_SOURCE_DIR}/vdso_blobs/*.map)
	get_filename_component(source_folder ${source} DIRECTORY)
	file(STRINGS ${source} includes REGEX "^#include \".*\\.S\"")
	foreach(line IN LISTS includes)
		string(REGEX REPLACE "^#include \"(.*)\".*" "${source_folder}/\\1" included "${line}")
		list(APPEND shared ${included})
	endforeach()
	add_custom_command(OUTPUT ${output}
		COMMAND siglab_assemble ${isa} ${kind} ${source} ${output} ${CMAKE_CURRENT_SOURCE_DIR}
		DEPENDS siglab_assemble ${source} ${shared} VERBATIM)
	set_property(GLOBAL APPEND PROPERTY SIGLAB_IMAGES ${output})
endfunction()

# As in IsaId: the names of folders here, and of what a catalogue's line says.
set(isas arm64 arm)

# Lines of a catalogue that begin an entry, as `{.id = "v0", ...` or `{"clean", "...", Dirt::none, ...`.
file(STRINGS ${CMAKE_CURRENT_SOURCE_DIR}/guest_asm/catalogue.cc variants REGEX "^\t{\\.id = \"")
foreach(line IN LISTS variants)
	string(REGEX REPLACE "^\t{\\.id = \"([^\"]+)\".*" "\\1" id "${line}")
	set(on ${isas})
	if(line MATCHES "\\.isas = {([a-z0-9_, ]+)}")
		string(REPLACE ", " ";" on "${CMAKE_MATCH_1}")
	endif()
	foreach(isa IN LISTS on)
		image(${isa} guest ${CMAKE_CURRENT_SOURCE_DIR}/guest_asm/${isa}/${id}.S ${SIGLAB_IMAGE_DIR}/guest/${isa}/${id}.elf)
	endforeach()
endforeach()

file(STRINGS ${CMAKE_CURRENT_SOURCE_DIR}/vdso_blobs/catalogue.cc vdsos REGEX "^\t{\"")
foreach(line IN LISTS vdsos)
	string(REGEX REPLACE "^\t{\"([^\"]+)\".*" "\\1" name "${line}")
	set(kind vdso)
	if(line MATCHES "HashTable::gnu")
		set(kind vdso-gnu)
	endif()
	set(on ${isas})
	if(line MATCHES "Dirt::[a-z_]+, {([a-z0-9_, ]+)}")
		string(REPLACE ", " ";" on "${CMAKE_MATCH_1}")
	endif()
	foreach(isa IN LISTS on)
		image(${isa} ${kind} ${CMAKE_CURRENT_SOURCE_DIR}/vdso_blobs/${isa}/${name}.S ${SIGLAB_IMAGE_DIR}/vdso/${isa}/${name}.so)
	endforeach()
endforeach()

# The C code that may stand beside a runtime.
foreach(isa IN LISTS isas)
	image(${isa} clib ${CMAKE_CURRENT_SOURCE_DIR}/guest_asm/${isa}/longjmp.S ${SIGLAB_IMAGE_DIR}/clib/${isa}/longjmp.elf)
endforeach()

# Only where the kernel has one.
foreach(isa IN LISTS isas)
	set(sigpage ${CMAKE_CURRENT_SOURCE_DIR}/kernel_model/sigpage_${isa}.S)
	if(EXISTS ${sigpage})
		image(${isa} sigpage ${sigpage} ${SIGLAB_IMAGE_DIR}/sigpage/${isa}.elf)
	endif()
endforeach()

get_property(images GLOBAL PROPERTY SIGLAB_IMAGES)
list(LENGTH images count)
if(count LESS 3)
	message(FATAL_ERROR "no images: the catalogues could not be read")
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/guest_asm/catalogue.cc
	${CMAKE_CURRENT_SOURCE_DIR}/vdso_blobs/catalogue.cc)
add_custom_target(siglab_images ALL DEPENDS ${images})
