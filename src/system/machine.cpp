// SPDX-License-Identifier: MIT
// See machine.h.
#include "system/machine.h"

#include <sys/utsname.h>

namespace tsa {

MachineIdentity read_machine_identity() {
    utsname name{};
    ::uname(&name);
    return MachineIdentity{name.nodename, name.release, name.machine};
}

}  // namespace tsa
