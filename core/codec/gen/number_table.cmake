# The table of powers of ten is computed by a program of the build and compiled into mw_codec.
add_executable(number_table_gen ${CMAKE_CURRENT_LIST_DIR}/number_table_gen.c)
get_filename_component(mw_root ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
target_include_directories(number_table_gen PRIVATE ${mw_root})
set(number_table ${CMAKE_CURRENT_BINARY_DIR}/number_table.c)
add_custom_command(OUTPUT ${number_table} COMMAND number_table_gen > ${number_table}
                   DEPENDS number_table_gen VERBATIM)
target_sources(mw_codec PRIVATE ${number_table})
