/* A plugin file that does what MISBEHAVE says as soon as it is loaded, and is no plugin of any kind. */

#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void begin(void)
{
    MISBEHAVE;
}
