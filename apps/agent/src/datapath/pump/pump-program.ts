/**
 * What makes the system calls that Node has no way to make, in the one other language that nearly every Linux has on board:
 * Perl, of which nothing but its built-in functions is used. Errors are told by their numbers, which nobody translates.
 */

/**
 * Attaches to a TUN interface and carries its packets, until its standard input ends. Three processes, each in a loop of
 * blocking calls, so that no direction waits for the other:
 *
 *     standard input  ──▶ interface      frames: length 4, most significant byte first | virtio header 10 | packet
 *     standard output ◀── interface      the same
 *     descriptor 3    ◀── what is to be said, a line each:
 *
 *         open INDEX MAY-CUT-UDP      once, before any frame
 *         failed STEP ERRNO           instead of it, and the end
 *         refused ERRNO               one packet, by the interface
 *         link up|down                whenever that changes
 *         gone ERRNO                  the interface
 *
 * Whoever loses the process that started them all ends: by the end of its input, or within five seconds.
 */
export const PUMP_PROGRAM = String.raw`
use strict;
use warnings;
my ($name) = @ARGV;
my ($EINTR, $ENOMEM, $EINVAL, $ENOBUFS, $EIO) = (4, 12, 22, 105, 5);
my $LONGEST = 10 + 65_536;
open(my $words, '>&=', 3) or exit 1;
sub say_line { syswrite($words, join(' ', @_) . "\n") }
sub fail { my $errno = $! + 0; say_line('failed', $_[0], $errno); exit 1 }

sysopen(my $tun, '/dev/net/tun', 2) or fail('open');
# IFF_TUN, IFF_NO_PI, IFF_VNET_HDR.
my $request = pack('a16 S x22', $name, 0x0001 | 0x1000 | 0x4000);
ioctl($tun, 0x400454ca, $request) or fail('attach');
# Checksums, TCP over IPv4 and IPv6, and UDP where the kernel knows how.
my $cuts_udp = ioctl($tun, 0x400454d0, 0x67) ? 1 : 0;
$cuts_udp or ioctl($tun, 0x400454d0, 0x07);
socket(my $asking, 2, 2, 0) or fail('attach');
my $index = pack('a16 x24', $name);
ioctl($asking, 0x8933, $index) or fail('attach');
say_line('open', unpack('x16 l', $index), $cuts_udp);

my $first = $$;
my @others;
sub in_a_process {
  my ($loop) = @_;
  my $pid = fork();
  defined $pid or fail('fork');
  if ($pid) { push @others, $pid; return }
  close(STDIN);
  $SIG{ALRM} = sub { exit if getppid() != $first; alarm 5 };
  alarm 5;
  $loop->();
  exit;
}

in_a_process(sub {
  my $packet;
  while (1) {
    my $length = sysread($tun, $packet, $LONGEST);
    if (!defined $length) {
      my $errno = $! + 0;
      next if grep { $_ == $errno } $EINTR, $EINVAL, $ENOBUFS, $ENOMEM;
      say_line('gone', $errno);
      return;
    }
    my $frame = pack('N', $length) . $packet;
    for (my $at = 0; $at < length $frame;) {
      my $written = syswrite(STDOUT, $frame, length($frame) - $at, $at);
      if (defined $written) { $at += $written }
      elsif ($! != $EINTR) { return }
    }
  }
});

in_a_process(sub {
  close(STDOUT);
  socket(my $news, 16, 3, 0) or return;
  # RTMGRP_LINK.
  bind($news, pack('S S L L', 16, 0, 0, 1)) or return;
  my $was = '';
  while (1) {
    my $flags = pack('a16 x24', $name);
    ioctl($asking, 0x8913, $flags) or return;
    my $is = unpack('x16 s', $flags) & 1 ? 'up' : 'down';
    say_line('link', $is) if $is ne $was;
    $was = $is;
    recv($news, my $announcement, 16_384, 0);
  }
});

close(STDOUT);
sub finish { kill 9, @others; exit }
my $waiting = '';
while (1) {
  my $length = sysread(STDIN, $waiting, 262_144, length $waiting);
  if (!defined $length) { next if $! == $EINTR; finish() }
  finish() if $length == 0;
  my $at = 0;
  while (length($waiting) - $at >= 4) {
    my $packet = unpack('N', substr($waiting, $at, 4));
    finish() if $packet > $LONGEST;
    last if length($waiting) - $at - 4 < $packet;
    if (!defined syswrite($tun, $waiting, $packet, $at + 4)) { say_line('refused', $! + 0) }
    $at += 4 + $packet;
  }
  substr($waiting, 0, $at, '');
}
`;

/** Asks the routing netlink what its argument says in hexadecimal, and prints the answer likewise; or, with 1, why it was not asked. */
export const NETLINK_PROGRAM = String.raw`
use strict;
use warnings;
sub fail { print $! + 0; exit 1 }
socket(my $netlink, 16, 3, 0) or fail();
send($netlink, pack('H*', $ARGV[0]), 0, pack('S S L L', 16, 0, 0, 0)) or fail();
defined recv($netlink, my $answer, 8_192, 0) or fail();
print unpack('H*', $answer);
`;
