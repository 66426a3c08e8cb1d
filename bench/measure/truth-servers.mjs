// Programs that weir bench label-truth asks, each as a server and a client that we did not write. `at` is the port that its protocol has, `elsewhere` one that
// belongs to nobody or to another protocol. `files` are written before it starts, `prepare` runs once before; `$DIR` is its folder, `$PORT` its port, `$SERVER` its address.

/**
 * The truth: what a process that serves speaks, by the last part of its program's path or by its name. This is written down from what each program is, apart from
 * data/processes.yaml, which is graded here too. A pair is the protocol at the port where it was told to listen, and the one on ports that it chooses itself.
 */
export const SPOKEN = {
  sshd: 'ssh',
  nginx: 'http',
  openssl: 'tls',
  // Debian's redis-server is a link to this.
  'redis-check-rdb': 'redis',
  'redis-server': 'redis',
  postgres: 'postgresql',
  mariadbd: 'mysql',
  mosquitto: 'mqtt',
  memcached: 'memcached',
  dnsmasq: 'dns',
  vsftpd: ['ftp', 'ftp-data'],
  iperf3: 'iperf',
  rsync: 'rsync',
  git: 'git',
  slapd: 'ldap',
  snmpd: 'snmp',
  chronyd: 'ntp',
  ngircd: 'irc',
  smbd: 'smb',
  openvpn: 'openvpn',
  imap: 'imap',
  pop3: 'pop3',
  smtpd: 'smtp',
  'nats-server': 'nats',
  sipp: 'sip',
  atftpd: 'tftp',
};

const CERTIFICATE =
  'openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=truth.example -keyout key.pem -out cert.pem';

/** Lines sent as they are to a server whose own clients are no Debian package: what answers is the real server. */
const say = (...lines) =>
  `bash -c 'exec 3<>/dev/tcp/$SERVER/$PORT; printf "${lines.map((l) => `${l}\\r\\n`).join('')}" >&3; timeout 1 cat <&3'`;

export const SERVERS = [
  {
    program: 'sshd',
    at: 22,
    elsewhere: 443,
    prepare: 'mkdir -p /run/sshd; ssh-keygen -q -t ed25519 -N "" -f host; ssh-keygen -q -t ed25519 -N "" -f user',
    serve:
      '$(command -v sshd) -D -e -f /dev/null -p $PORT -h $DIR/host -o StrictModes=no -o PermitRootLogin=yes -o AuthorizedKeysFile=$DIR/user.pub',
    ask: 'ssh -F none -i $DIR/user -p $PORT -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no root@$SERVER true',
  },
  {
    program: 'nginx',
    at: 80,
    elsewhere: 22,
    files: {
      conf: 'daemon off; pid $DIR/pid; error_log stderr; events {} http { access_log off; server { listen $PORT; root $DIR; } }',
    },
    prepare: 'head -c 200000 /dev/urandom > page',
    serve: 'nginx -c $DIR/conf',
    ask: 'curl -s -o /dev/null http://$SERVER:$PORT/page',
  },
  {
    program: 'openssl',
    at: 443,
    elsewhere: 8080,
    prepare: CERTIFICATE,
    serve: 'openssl s_server -quiet -accept $PORT -key $DIR/key.pem -cert $DIR/cert.pem -www',
    ask: 'curl -s -k -o /dev/null https://$SERVER:$PORT/',
  },
  {
    program: 'redis-server',
    at: 6379,
    elsewhere: 3306,
    serve: 'redis-server --bind $SERVER --port $PORT --save "" --protected-mode no',
    ask: 'redis-cli -h $SERVER -p $PORT set name value',
  },
  {
    program: 'postgres',
    at: 5432,
    elsewhere: 1433,
    user: 'nobody',
    prepare: 'initdb -D data -A trust -U truth; echo "host all all 0.0.0.0/0 trust" >> data/pg_hba.conf',
    serve: 'postgres -D $DIR/data -h $SERVER -p $PORT -k $DIR',
    ask: 'psql -h $SERVER -p $PORT -U truth -d postgres -c "select 1"',
  },
  {
    program: 'mariadbd',
    at: 3306,
    elsewhere: 5432,
    user: 'mysql',
    files: { init: "create user 'truth'@'%' identified by 'truth';" },
    prepare: 'mariadb-install-db --no-defaults --datadir=$DIR/data --auth-root-authentication-method=normal',
    serve:
      'mariadbd --no-defaults --datadir=$DIR/data --bind-address=$SERVER --port=$PORT --socket=$DIR/socket --pid-file=$DIR/pid --init-file=$DIR/init',
    ask: 'mariadb --no-defaults -h $SERVER -P $PORT -u truth -ptruth -e "select 1"',
  },
  {
    program: 'mosquitto',
    at: 1883,
    elsewhere: 6379,
    files: { conf: 'listener $PORT $SERVER\nallow_anonymous true\n' },
    serve: 'mosquitto -c $DIR/conf',
    ask: 'mosquitto_pub -h $SERVER -p $PORT -t a/b -m hello',
  },
  {
    program: 'memcached',
    at: 11211,
    elsewhere: 1521,
    serve: 'memcached -u nobody -l $SERVER -p $PORT',
    ask: say('set a 0 60 1', 'b', 'get a', 'quit'),
  },
  {
    program: 'dnsmasq',
    at: 53,
    elsewhere: 1053,
    serve:
      'dnsmasq -k -C /dev/null --pid-file=$DIR/pid --no-resolv --no-hosts --bind-interfaces --listen-address=$SERVER --except-interface=lo -p $PORT --address=/example.com/192.0.2.1 --user=root',
    ask: 'kdig +short @$SERVER -p $PORT www.example.com; kdig +short +tcp @$SERVER -p $PORT www.example.com',
  },
  {
    program: 'vsftpd',
    at: 21,
    elsewhere: 2121,
    files: {
      conf: 'listen=YES\nlisten_port=$PORT\nanonymous_enable=YES\nbackground=NO\nanon_root=$DIR/files\nsecure_chroot_dir=$DIR/empty\nseccomp_sandbox=NO\nftp_username=daemon\n',
    },
    prepare: 'mkdir -p files empty; head -c 100000 /dev/urandom > files/file; chmod -R a+rX .',
    serve: 'vsftpd $DIR/conf',
    ask: 'curl -s -o /dev/null ftp://$SERVER:$PORT/file; curl -s -P - -o /dev/null ftp://$SERVER:$PORT/file',
  },
  {
    program: 'iperf3',
    at: 5201,
    elsewhere: 8443,
    serve: 'iperf3 -s -p $PORT',
    ask: 'iperf3 -c $SERVER -p $PORT -n 1M',
  },
  {
    program: 'rsync',
    at: 873,
    elsewhere: 8873,
    files: { conf: 'use chroot = no\n[files]\npath = $DIR\n' },
    serve: 'rsync --daemon --no-detach --config=$DIR/conf --port=$PORT',
    ask: 'rsync --port=$PORT rsync://$SERVER/files/',
  },
  {
    program: 'git',
    at: 9418,
    elsewhere: 9999,
    prepare:
      'git init -q --bare store/it; git -C store/it config receive.denyCurrentBranch ignore; git init -q w; git -C w -c user.name=a -c user.email=a@b commit -q --allow-empty -m a; git -C w push -q $DIR/store/it HEAD:main',
    serve: 'git -c safe.directory="*" daemon --reuseaddr --export-all --base-path=$DIR/store --port=$PORT',
    ask: 'git ls-remote git://$SERVER:$PORT/it',
  },
  {
    program: 'slapd',
    at: 389,
    elsewhere: 1389,
    files: {
      conf: 'include /etc/ldap/schema/core.schema\npidfile $DIR/pid\ndatabase config\n',
    },
    serve: 'slapd -d 0 -f $DIR/conf -h ldap://$SERVER:$PORT',
    ask: 'ldapsearch -x -H ldap://$SERVER:$PORT -b "" -s base namingContexts',
  },
  {
    program: 'snmpd',
    at: 161,
    elsewhere: 1161,
    files: { conf: 'rocommunity truth\n' },
    serve: 'snmpd -f -Lo -C -c $DIR/conf -p $DIR/pid udp:$SERVER:$PORT',
    ask: 'snmpget -v 2c -c truth $SERVER:$PORT .1.3.6.1.2.1.1.3.0',
  },
  {
    program: 'chronyd',
    at: 123,
    elsewhere: 1123,
    files: { conf: 'port $PORT\nallow\nlocal stratum 8\ncmdport 0\nbindcmdaddress /\npidfile $DIR/pid\n' },
    serve: 'chronyd -d -x -u root -f $DIR/conf',
    ask: 'chronyd -Q -t 4 -u root -f /dev/null "server $SERVER port $PORT iburst" "pidfile $DIR/client"',
  },
  {
    program: 'ngircd',
    at: 6667,
    elsewhere: 7070,
    files: {
      conf: '[Global]\nName = irc.truth.example\nInfo = truth\nPorts = $PORT\nListen = $SERVER\n[Options]\nPAM = no\nIdent = no\nDNS = no\n',
    },
    serve: 'ngircd -n -f $DIR/conf',
    ask: say('NICK truth', 'USER truth 0 * :truth', 'JOIN #truth', 'QUIT'),
  },
  {
    program: 'smbd',
    at: 445,
    elsewhere: 1445,
    files: {
      conf: '[global]\nmap to guest = bad user\nlock directory = $DIR\nstate directory = $DIR\ncache directory = $DIR\nprivate dir = $DIR\npid directory = $DIR\nlog file = $DIR/log\nncalrpc dir = $DIR/rpc\n[files]\npath = $DIR\nguest ok = yes\n',
    },
    serve: 'smbd -F --no-process-group -s $DIR/conf -p $PORT',
    ask: 'smbclient -N -p $PORT //$SERVER/files -c ls',
  },
  {
    program: 'openvpn',
    at: 1194,
    elsewhere: 5000,
    prepare: `${CERTIFICATE} -addext extendedKeyUsage=serverAuth,clientAuth`,
    serve:
      'openvpn --dev null --proto udp --local $SERVER --port $PORT --tls-server --dh none --ca $DIR/cert.pem --cert $DIR/cert.pem --key $DIR/key.pem',
    ask: 'timeout 4 openvpn --dev null --proto udp --remote $SERVER $PORT --nobind --tls-client --ca $DIR/cert.pem --cert $DIR/cert.pem --key $DIR/key.pem',
  },
  ...[
    ['imap', 143, 1143],
    ['pop3', 110, 1110],
  ].map(([protocol, at, elsewhere]) => ({
    program: protocol,
    start: 'dovecot',
    at,
    elsewhere,
    files: {
      conf: `protocols = ${protocol}\nbase_dir = $DIR/run\nlog_path = $DIR/log\nssl = no\ndisable_plaintext_auth = no\nlisten = $SERVER\nservice ${protocol}-login {\n inet_listener ${protocol} {\n port = $PORT\n }\n}\npassdb {\n driver = static\n args = password=truth\n}\nuserdb {\n driver = static\n args = uid=nobody gid=nogroup home=$DIR/mail\n}\nmail_location = maildir:$DIR/mail\nfirst_valid_uid = 1\n`,
    },
    prepare: 'mkdir -p mail; chown nobody mail; chmod a+rx .',
    serve: 'dovecot -F -c $DIR/conf',
    ask: `curl -s ${protocol}://truth:truth@$SERVER:$PORT/`,
  })),
  {
    program: 'smtpd',
    at: 25,
    elsewhere: 8025,
    files: {
      conf: 'listen on $SERVER port $PORT\naction "drop" maildir "$DIR/mail"\nmatch from any for any action "drop"\n',
    },
    serve: 'smtpd -d -f $DIR/conf',
    ask: 'swaks --server $SERVER:$PORT --to root@localhost --from a@example.com --quit-after RCPT',
  },
  {
    program: 'nats-server',
    at: 4222,
    elsewhere: 14222,
    serve: 'nats-server -a $SERVER -p $PORT',
    ask: say('CONNECT {}', 'PING'),
  },
  {
    program: 'sipp',
    at: 5060,
    elsewhere: 15060,
    serve: 'sipp -sn uas -i $SERVER -p $PORT -nostdin',
    ask: 'sipp -sn uac -i $CLIENT -m 2 -d 100 -nostdin -timeout 5 $SERVER:$PORT',
  },
  {
    program: 'atftpd',
    at: 69,
    elsewhere: 1069,
    prepare: 'head -c 20000 /dev/urandom > file; chmod -R a+rX .',
    serve: 'atftpd --daemon --no-fork --bind-address $SERVER --port $PORT --user root $DIR',
    ask: 'curl -s -m 5 -o /dev/null tftp://$SERVER:$PORT/file',
  },
];
