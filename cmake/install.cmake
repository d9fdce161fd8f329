# What `make install PREFIX=...` copies: the server, llama.cpp's libraries beside it, an example configuration.
include(GNUInstallDirs)
if(NOT TARGET inferenceflow)
  return()
endif()
install(TARGETS inferenceflow RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# A system-wide llama.cpp stays where it is; the pinned one is found through the installed run path.
if(IFLOW_LLAMA_BACKEND_DIR STREQUAL "${INFERENCEFLOW_HOME}/llama.cpp/lib")
  install(DIRECTORY "${IFLOW_LLAMA_BACKEND_DIR}/" DESTINATION lib/inferenceflow FILES_MATCHING PATTERN "*.so*")
  install(FILES "${INFERENCEFLOW_HOME}/llama.cpp/LICENSE" DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME LICENSE.llama.cpp)
endif()
install(FILES "${CMAKE_SOURCE_DIR}/config/default.yaml" DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/inferenceflow)
install(FILES "${CMAKE_SOURCE_DIR}/data/prices.json" DESTINATION ${CMAKE_INSTALL_DATADIR}/inferenceflow)
# Written at install time, since --prefix may differ from the one of the configure step.
install(CODE "
  set(prefix \"\${CMAKE_INSTALL_PREFIX}\")
  set(IFLOW_BIN \"\${prefix}/${CMAKE_INSTALL_BINDIR}\")
  set(IFLOW_ETC \"\${prefix}/${CMAKE_INSTALL_SYSCONFDIR}/inferenceflow\")
  configure_file(\"${CMAKE_SOURCE_DIR}/cmake/inferenceflow.service.in\"
                 \"\$ENV{DESTDIR}\${prefix}/lib/systemd/system/inferenceflow.service\" @ONLY)")
