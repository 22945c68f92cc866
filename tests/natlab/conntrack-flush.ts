/**
 * Makes the kernel forget every connection of the namespace this runs in, as when a router
 * reboots. One netlink message, so the `conntrack` package is not needed.
 *
 *     struct nlmsghdr    { u32 length, u16 type, u16 flags, u32 sequence, u32 port }
 *     struct nfgenmsg    { u8 family, u8 version, u16 resource }
 *
 * A delete without attributes means all of them (ctnetlink).
 */
import koffi from "koffi";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_NETFILTER = 12;
const NFNL_SUBSYS_CTNETLINK = 1;
const IPCTNL_MSG_CT_DELETE = 2;
const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
const AF_INET = 2;
const LENGTH = 20;
/** In the answer: a header of 16 bytes, then the error code. */
const ERROR_CODE = 16;

const libc = koffi.load("libc.so.6");
const socket = libc.func("int socket(int domain, int type, int protocol)");
const send = libc.func("long send(int fd, void *buffer, size_t length, int flags)");
const receive = libc.func("long recv(int fd, void *buffer, size_t length, int flags)");

const message = Buffer.alloc(LENGTH);
message.writeUInt32LE(LENGTH, 0);
message.writeUInt16LE((NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_DELETE, 4);
message.writeUInt16LE(NLM_F_REQUEST | NLM_F_ACK, 6);
message.writeUInt8(AF_INET, 16);

const fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
const answer = Buffer.alloc(4096);
if (send(fd, message, message.length, 0) !== LENGTH)
  throw new Error(`netlink: send failed with errno ${koffi.errno()}`);
if (receive(fd, answer, answer.length, 0) < ERROR_CODE + 4)
  throw new Error(`netlink: no answer, errno ${koffi.errno()}`);
const error = answer.readInt32LE(ERROR_CODE);
if (error !== 0) throw new Error(`netlink: flush refused with errno ${-error}`);
