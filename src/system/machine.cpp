// See machine.h.
#include "system/machine.h"

#include <sys/utsname.h>

namespace tsa {

Machine read_machine() {
    utsname name{};
    ::uname(&name);
    return Machine{name.nodename, name.release, name.machine};
}

}  // namespace tsa
