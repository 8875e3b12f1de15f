# Debian's cpp-httplib is a split header and a shared library without CMake config. Defines cpphttplib::cpphttplib.
find_path(cpphttplib_INCLUDE_DIR httplib.h)
find_library(cpphttplib_LIBRARY cpp-httplib)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(cpphttplib REQUIRED_VARS cpphttplib_INCLUDE_DIR cpphttplib_LIBRARY)
if(cpphttplib_FOUND AND NOT TARGET cpphttplib::cpphttplib)
  find_package(OpenSSL REQUIRED)
  find_package(Threads REQUIRED)
  add_library(cpphttplib::cpphttplib UNKNOWN IMPORTED)
  set_target_properties(cpphttplib::cpphttplib PROPERTIES
    IMPORTED_LOCATION "${cpphttplib_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${cpphttplib_INCLUDE_DIR}"
    # The packaged library was built with these; a client that leaves one out sees another class layout.
    INTERFACE_COMPILE_DEFINITIONS "CPPHTTPLIB_OPENSSL_SUPPORT;CPPHTTPLIB_ZLIB_SUPPORT;CPPHTTPLIB_BROTLI_SUPPORT"
    INTERFACE_LINK_LIBRARIES "OpenSSL::SSL;OpenSSL::Crypto;Threads::Threads")
endif()
mark_as_advanced(cpphttplib_INCLUDE_DIR cpphttplib_LIBRARY)
