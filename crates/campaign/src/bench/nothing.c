/* The smallest program: it does nothing, or with an argument waits for ever. */
#include <unistd.h>

int main(int count, char **arguments)
{
    (void)arguments;
    if (count > 1)
        pause();
    return 0;
}
