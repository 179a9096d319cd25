#include <spdk_go_notify.h>

int main(void)
{
	return NotifyEvent("bdev_ready", "{\"name\":\"nvme0n1\",\"size\":1073741824}") == 0 ? 0 : 1;
}
