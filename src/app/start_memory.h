// What only the start needed goes back to the machine: a loop that runs all day should not hold it.
#pragma once

namespace tsa {

/// Gives back freed heap, and the pages of the program's and its libraries' code: those that the loop uses come back
/// from the page cache one by one, a microsecond each. Call it once, when everything is set up.
void give_back_start_memory();

}  // namespace tsa
