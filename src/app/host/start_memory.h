// What only the start needed goes back to the machine: a loop that runs all day should not hold it.
#pragma once

namespace tsa {

/// Gives back freed heap, and the pages of the program's and its libraries' code: those that the loop uses come back
/// from the page cache one by one, a microsecond each. Call it once, when everything is set up.
void give_back_start_memory();

/// From now on a block of 256 KiB or more that is freed goes back to the machine at once. malloc would put ever larger
/// ones into its heap once it has seen some freed, and buffers that grow leave holes there that nothing else fills.
void keep_large_blocks_apart();

}  // namespace tsa
