/** Sentences of the core as they stand in its source, values between braces (`tests/kit/core-sentences.test.ts` compares them). */
import type { SentenceBook } from '../sentences.ts';
import { gseComposed, gseSentences } from './core-gse.ts';

const SENTENCES: SentenceBook = {
  // Links
  'MIMO lab (simulated)': 'MIMO 实验室（模拟）',
  'netipc lab (simulated)': 'netipc 实验室（模拟）',
  'GSE uplinks {profile}': 'GSE 上行 {profile}',
  'Lab (simulated)': '实验室（模拟）',
  "This host's cgroups": '本机 cgroups',
  '{host}, any free port': '{host}，任一空闲端口',
  'closed by the operator': '由操作员关闭',
  'the console stops': '控制台正在停止',
  'no longer wanted': '已不再需要',
  'the lab is off': '实验室已停止',
  'the lab did not start: {why}': '实验室未能启动：{why}',
  'Port {port} is held by pid {pid} ({program})': '端口 {port} 被进程 {pid}（{program}）占用',
  'Port {port} on {host} is already in use': '{host} 的端口 {port} 已被占用',
  'Stop that program, or let Signalbox use another port.': '请停止该程序，或让 Signalbox 改用其他端口。',
  'not allowed to listen on {host} port {port}': '不允许在 {host} 的端口 {port} 上监听',
  'Ports below 1024 belong to the system; choose another.': '1024 以下的端口归系统所有，请另选一个。',
  'cannot listen on {host} port {port}: {why}': '无法在 {host} 的端口 {port} 上监听：{why}',
  'there is no link {id}': '没有链路 {id}',
  '{id} is {state}; {action} does nothing for it now': '{id} 的状态为 {state}，此时 {action} 不起作用',
  'use_port needs a port': 'use_port 需要一个端口',

  // Rows the console writes itself
  'the console was not running': '控制台未在运行',
  'the link was not up': '链路未处于正常状态',
  'the store could not take them; senders got 503': '存储无法接收，已向发送方返回 503',
  'the thread that owns the sockets stood still for {ms} ms': '负责套接字的线程停顿了 {ms} 毫秒',
  'The settings file was damaged ({why}): defaults are used, the damaged file is {kept}.':
    '设置文件已损坏（{why}）：现使用默认设置，损坏的文件保留为 {kept}。',

  // Store and export
  '{doing}: {why} (SQLite {code})': '{doing}：{why}（SQLite {code}）',
  'the event store': '事件存储',
  '{reason}. The next start repairs the file.': '{reason}。下次启动时会修复该文件。',
  'Free space on this disk or lower the retention size; the console recovers by itself.':
    '请释放此磁盘的空间或降低保留大小；控制台会自行恢复。',
  'Restart the console: it keeps the damaged file as .bad and saves what can still be read.':
    '请重启控制台：它会将损坏的文件保留为 .bad，并抢救仍可读取的内容。',
  'Close the other program that has the file open.': '请关闭打开该文件的其他程序。',
  'Check owner and mode of the data folder: it must be yours, mode 0700.':
    '请检查数据目录的属主和权限：必须归您所有，权限为 0700。',
  'Check the disk (dmesg, SMART), then restart the console.': '请检查磁盘（dmesg、SMART），然后重启控制台。',
  'event {seq} is not in the store': '存储中没有事件 {seq}',
  'event {seq} does not read as it was written': '事件 {seq} 读出的内容与写入时不一致',
  'the event store is closed': '事件存储已关闭',
  'too many events wait for the disk': '等待写盘的事件过多',
  'Send again in a moment.': '请稍后重新发送。',
  "the store's thread ended{why}": '存储线程已结束{why}',
  "the store's reading thread ended{why}": '存储的读取线程已结束{why}',
  'Restart the console.': '请重启控制台。',
  'no space left for {path}': '没有空间写入 {path}',
  'Free some space.': '请释放一些空间。',
  '{path} may not be written ({code})': '不允许写入 {path}（{code}）',
  '{path}: no space left on the disk': '{path}：磁盘空间不足',
  'Free space on this disk.': '请释放此磁盘的空间。',
  '{path} is a symbolic link and is not followed': '{path} 是符号链接，不予跟随',
  'Remove the link.': '请移除该链接。',
  '{path} has version {version}, written by a newer console': '{path} 的版本为 {version}，由更新的控制台写入',
  'Start that newer version, or move the file away to begin with defaults.':
    '请启动那个更新的版本，或移走该文件以默认设置开始。',

  // Snapshot services
  'the native addon is not there: {reason}': '缺少原生插件：{reason}',
  'it was not built for this platform: run `npm run setup` with a C compiler':
    '尚未为此平台构建：请在有 C 编译器时运行 `npm run setup`',
  'this platform ({platform}) has no SEQPACKET sockets': '此平台（{platform}）没有 SEQPACKET 套接字',
  'Install a C compiler and run: npm run setup. Everything else of the console works without it.':
    '请安装 C 编译器并运行：npm run setup。控制台的其余部分不受影响。',
  'Report what does not work with netipc here.': '请报告 netipc 在此处不正常的地方。',
  'Install a C compiler and run: npm run setup.': '请安装 C 编译器并运行：npm run setup。',
  'Start the provider, or correct the run folder and service name in the settings. It is tried again by itself.':
    '请启动提供方，或在设置中更正运行目录和服务名。会自动重试。',
  'Start the provider again; it is tried by itself, and the last generation stays.':
    '请重新启动提供方；会自动重试，并保留上一代。',
  "Name the file with the provider's token in the settings, then reconnect.":
    '请在设置中指定提供方的令牌文件，然后重新连接。',
  'Provider and console speak different versions or share no transport: update the older one, then reconnect.':
    '提供方与控制台的版本不同，或没有共同的传输方式：请更新较旧的一方，然后重新连接。',
  'Look at the reason; it is tried again by itself. The last good generation stays.':
    '请查看原因；会自动重试，并保留上一个有效的代。',
  'no provider: {path} does not exist': '没有提供方：{path} 不存在',
  'no provider: nobody listens on {path}': '没有提供方：{path} 上无人监听',
  'permission denied on {path}': '没有访问 {path} 的权限',
  'cannot connect to {path} ({code})': '无法连接 {path}（{code}）',
  'the server refused with status {status}': '服务器拒绝，状态为 {status}',
  'the server refused the token': '服务器拒绝了该令牌',
  'the server and this client share no transport': '服务器与此客户端没有共同的传输方式',
  'the server speaks another version, or packets this small are of no use to it':
    '服务器使用其他版本，或这么小的数据包对它无用',
  'the server has no room for another client, or takes no requests as long as proposed':
    '服务器无法再容纳客户端，或不接受所提议长度的请求',
  'no HELLO_ACK within {ms} ms': '{ms} 毫秒内没有 HELLO_ACK',
  'the peer closed the connection': '对端关闭了连接',
  'receiving failed (errno {code})': '接收失败（errno {code}）',
  'packet longer than agreed': '数据包超过约定的长度',
  'the peer takes nothing more ({code})': '对端不再接收（{code}）',
  'the peer does not read: {bytes} bytes wait': '对端不读取：有 {bytes} 字节在等待',
  'nobody asked {messageId}': '没有人发出请求 {messageId}',
  'the rest of a message did not come': '消息的其余部分没有到达',
  'packet {index} is not the one expected': '第 {index} 个数据包不是预期的那个',
  '{bytes} bytes in {items} items; {bytesMax} and {itemsMax} agreed':
    '{items} 项共 {bytes} 字节；约定为 {bytesMax} 字节、{itemsMax} 项',
  '{items} items; {itemsMax} agreed': '{items} 项；约定为 {itemsMax} 项',
  'a packet came over the socket of a shared-memory session': '共享内存会话的套接字上收到了数据包',
  'somebody cut the shared-memory file short while the session used it': '会话使用期间，共享内存文件被截短',
  'unusable message in shared memory ({code})': '共享内存中的消息无法使用（{code}）',
  'directory cut': '目录被截断',
  'item {index} ends past the payload': '第 {index} 项超出了载荷',
  'item {index}: layout or flags': '第 {index} 项：布局或标志不对',
  'item {index}: name and path overlap': '第 {index} 项：名称与路径重叠',
  'item {index}: string without its end': '第 {index} 项：字符串没有结尾',
  'the answer is not a HELLO_ACK': '应答不是 HELLO_ACK',
  'the shared-memory region cannot be attached': '无法附加共享内存区域',
  '{path} cannot be mapped ({code})': '无法映射 {path}（{code}）',
  'no answer before the deadline': '截止时间前没有应答',
  'the deadline has passed': '已超过截止时间',
  'the call was aborted': '调用已中止',
  'the connection was dropped': '连接已断开',
  'not connected': '未连接',
  'the client is {state}': '客户端状态为 {state}',
  'the provider answered status {status}': '提供方应答状态 {status}',
  'the provider could not read the request': '提供方无法读取请求',
  'the provider serves another method': '提供方提供的是其他方法',
  'the provider failed to answer': '提供方未能应答',
  'the answer does not fit the agreed limit': '应答超出约定的上限',
  'no netipc service {id} is watched': '没有监视 netipc 服务 {id}',
  'generation {number} of {id}: {range}': '{id} 的第 {number} 代：{range}',
  'none is kept yet': '尚未保留任何代',
  '{first} to {last} are kept': '保留的是 {first} 到 {last}',
  'Start the provider of {service} in {folder}.': '请在 {folder} 中启动 {service} 的提供方。',
  'a path holds a NUL': '路径中含有 NUL',
  'row {index} of {count}': '第 {index} 行，共 {count} 行',
  '{path} holds no token': '{path} 中没有令牌',
  'Write the token into it as one decimal number.': '请将令牌以一个十进制数写入其中。',
  'the token file cannot be read: {why}': '无法读取令牌文件：{why}',
  '{path} may be read by others': '{path} 可被他人读取',
  'interval needs intervalMs': 'interval 需要 intervalMs',

  // Calls
  'no connection to the core: {reason}': '与核心没有连接：{reason}',
  'too many calls wait for an answer': '等待应答的调用过多',
  'too many streams are open': '打开的数据流过多',
  'no answer within {ms} ms': '{ms} 毫秒内没有应答',
  'the host closed the connection': '主机关闭了连接',

  // Diagnostics and missing parts
  node: 'Node',
  'data folder': '数据目录',
  space: '磁盘空间',
  store: '存储',
  'native addon': '原生插件',
  lab: '实验室',
  'event loop': '事件循环',
  'link {id}': '链路 {id}',
  'Node {version} on {platform}-{arch}': 'Node {version}，平台 {platform}-{arch}',
  'Run it with Node {version} or newer: npm run setup.':
    '请使用 Node {version} 或更新的版本运行：npm run setup。',
  '{folder} is not there yet; the first start makes it': '{folder} 尚不存在，首次启动时会创建',
  '{folder} is writable': '{folder} 可写',
  'Make it writable for you, or name another with --data.': '请使其对您可写，或用 --data 指定另一个目录。',
  '{size} MiB free': '剩余 {size} MiB',
  'Free some space, or keep fewer events (Settings, retention).':
    '请释放一些空间，或少保留一些事件（设置，保留）。',
  'nothing stored yet': '尚未存储任何内容',
  '{use}, commit p99 {ms} ms': '{use}，提交耗时 p99 {ms} 毫秒',
  '{rows} events, {used} of {all} MiB': '{rows} 个事件，已用 {used} / {all} MiB',
  'Free some space; look at the log.': '请释放一些空间，并查看日志。',
  'not built; the lab uses the TypeScript sender': '尚未构建；实验室使用 TypeScript 发送端',
  'Install a C compiler and make, then run: npm run libnotify.':
    '请安装 C 编译器和 make，然后运行：npm run libnotify。',
  'not running': '未运行',
  '{emitter}, {rate} events/s': '{emitter}，每秒 {rate} 个事件',
  'a C program linked to libnotify': '链接 libnotify 的 C 程序',
  'the C emitter is not built (no C compiler or make); the TypeScript sender takes its place':
    'C 发送端尚未构建（没有 C 编译器或 make），由 TypeScript 发送端代替',
  'delay p99 {p99} ms, longest {longest} ms': '延迟 p99 {p99} 毫秒，最长 {longest} 毫秒',
  'started by hand': '手动启动',
  'SIGNALBOX_HOST=serve asks for it': 'SIGNALBOX_HOST=serve 要求如此',
  'Electron is here': '已有 Electron',
  'there is no display': '没有显示器',
  'Electron does not run as root with its sandbox on': 'Electron 在沙箱开启时不能以 root 运行',
  "Electron's binary is not here (asked for within the last day)":
    '没有 Electron 的二进制文件（一天内已询问过）',
  "Electron's binary could not be fetched ({problem})": '无法获取 Electron 的二进制文件（{problem}）',
  'it could not be built here': '无法在此构建',
  'install build-essential and python3, then npm run setup':
    '请安装 build-essential 和 python3，然后运行 npm run setup',
  'install build-essential, then npm run setup': '请安装 build-essential，然后运行 npm run setup',
};

/** Put together by the diagnostics from a word of state and a reason. */
export const COMPOSED: SentenceBook = {
  ...gseComposed,
  'cgroups-lookup: {reason}': 'cgroups-lookup：{reason}',
  'apps-lookup: {reason}': 'apps-lookup：{reason}',
  '{reason}; no SEQPACKET sockets, no shared memory, and connections are taken by node:http alone':
    '{reason}；没有 SEQPACKET 套接字和共享内存，连接仅由 node:http 接收',
  '{address}: off': '{address}：关闭',
  '{address}: opening': '{address}：正在打开',
  '{address}: up': '{address}：正常',
  '{address}: off, {reason}': '{address}：关闭，{reason}',
  '{address}: degraded, {reason}': '{address}：降级，{reason}',
  '{address}: down, {reason}': '{address}：中断，{reason}',
  '{address}: failed, {reason}': '{address}：失败，{reason}',
  'full: {reason}; {detail}': '已满：{reason}；{detail}',
  'failed: {reason}; {detail}': '失败：{reason}；{detail}',
  'read_only: {reason}; {detail}': '只读：{reason}；{detail}',
  '{emitter}, {rate} events/s; {reason}': '{emitter}，每秒 {rate} 个事件；{reason}',
  'not running; {reason}': '未运行；{reason}',
};

export const coreZh: SentenceBook = { ...SENTENCES, ...gseSentences, ...COMPOSED };
