# What every target of ours shares: the language, the warnings, the sanitizers. Nothing here is global.
function(learningplane_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    $<$<BOOL:${LEARNINGPLANE_WARNINGS_AS_ERRORS}>:-Werror>)
  if(LEARNINGPLANE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${LEARNINGPLANE_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${LEARNINGPLANE_SANITIZE})
  endif()
endfunction()
