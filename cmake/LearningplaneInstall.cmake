# Headers, libraries, the command, and what other projects find us by: find_package(learningplane COMPONENTS core net) and
# pkg-config.
include(CMakePackageConfigHelpers)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/learningplane)

install(TARGETS core EXPORT learningplane_core ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT learningplane_core FILE learningplane-core.cmake NAMESPACE learningplane:: DESTINATION ${config_dir})

if(LEARNINGPLANE_BUILD_NET)
  set_target_properties(learningplane_all PROPERTIES EXPORT_NAME learningplane)
  install(TARGETS net learningplane_all EXPORT learningplane_net ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
          FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT learningplane_net FILE learningplane-net.cmake NAMESPACE learningplane:: DESTINATION ${config_dir})
  install(TARGETS learningplane RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES cmake/Findcpphttplib.cmake DESTINATION ${config_dir})
endif()

configure_package_config_file(cmake/learningplane-config.cmake.in ${PROJECT_BINARY_DIR}/learningplane-config.cmake
                              INSTALL_DESTINATION ${config_dir})
# Before 1.0 a minor version may break: the same minor is asked for.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/learningplane-config-version.cmake
                                 VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/learningplane-config.cmake ${PROJECT_BINARY_DIR}/learningplane-config-version.cmake
        DESTINATION ${config_dir})

configure_file(cmake/learningplane.pc.in ${PROJECT_BINARY_DIR}/learningplane.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/learningplane.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
