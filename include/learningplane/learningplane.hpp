#pragma once
/// Everything of the core, for examples and small programs. The library's own sources include what
/// they use instead.
