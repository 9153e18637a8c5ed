/** The path of the script that serves PHP, below the app's folder in the image. */
export const PHP_SERVER_PATH = '.gantry/php.sh';

/**
 * The script that serves a PHP app. `sh php.sh <folder>` runs nginx on `PORT` with PHP-FPM behind it, as the user who
 * starts the script, and ends when one of the two ends. After SIGTERM both finish their current requests. The server
 * hides dot files, `vendor`, and files about the app's build.
 */
export const PHP_SERVER_SOURCE = String.raw`#!/bin/sh
set -eu
PATH=$PATH:/usr/local/sbin:/usr/sbin
root=$(realpath "$1")
port=${'$'}{PORT:-8080}
run=$(mktemp -d)
# Neither server can open the inherited output if that is a socket, so both write into a pipe.
mkfifo "$run/log"
cat "$run/log" >&2 &
exec 3> "$run/log"
fpm=$(command -v php-fpm || ls /usr/sbin/php-fpm[0-9]* 2> /dev/null | tail -n 1)
own= flag=
if [ "$(id -u)" = 0 ]; then
  own='user = root
group = root'
  flag=-R
fi

cat > "$run/fpm.conf" << END
[global]
error_log = $run/log
log_level = warning
[www]
$own
listen = $run/fpm.sock
pm = dynamic
pm.max_children = ${'$'}{PHP_WORKERS:-16}
pm.start_servers = 2
pm.min_spare_servers = 1
pm.max_spare_servers = 4
pm.max_requests = 1000
clear_env = no
catch_workers_output = yes
decorate_workers_output = no
php_admin_flag[log_errors] = on
php_value[upload_max_filesize] = ${'$'}{PHP_UPLOAD_LIMIT:-100M}
php_value[post_max_size] = ${'$'}{PHP_UPLOAD_LIMIT:-100M}
END

cat > "$run/nginx.conf" << END
daemon off;
pid $run/nginx.pid;
error_log $run/log warn;
worker_processes 2;
$([ -z "$flag" ] || echo 'user root;')
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log off;
  server_tokens off;
  sendfile on;
  gzip on;
  gzip_types text/css application/javascript application/json image/svg+xml text/plain application/xml;
  client_max_body_size ${'$'}{PHP_UPLOAD_LIMIT:-100M};
  client_body_temp_path $run/body;
  fastcgi_temp_path $run/fastcgi;
  proxy_temp_path $run/proxy;
  scgi_temp_path $run/scgi;
  uwsgi_temp_path $run/uwsgi;
  map \$http_x_forwarded_proto \$forwarded_https { default ''; https on; }
  server {
    listen $port;
    root "$root";
    index index.php index.html;
    location ~ (^|/)\.(?!well-known/) { return 404; }
    location ~* ^/(vendor|node_modules|composer\.(json|lock)|package(-lock)?\.json|Procfile|gantry\.(json|toml)) { return 404; }
    location / { try_files \$uri \$uri/ /index.php\$is_args\$args; }
    location ~ ^(.+\.php)(/.*)?$ {
      fastcgi_split_path_info ^(.+?\.php)(/.*)?$;
      try_files \$fastcgi_script_name =404;
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
      fastcgi_param PATH_INFO \$fastcgi_path_info;
      fastcgi_param HTTPS \$forwarded_https if_not_empty;
      fastcgi_param HTTP_PROXY "";
      fastcgi_read_timeout 300;
      fastcgi_buffers 16 16k;
      fastcgi_buffer_size 32k;
      fastcgi_pass unix:$run/fpm.sock;
    }
  }
}
END

"$fpm" $flag --nodaemonize --fpm-config "$run/fpm.conf" &
php=$!
while [ ! -S "$run/fpm.sock" ] && kill -0 "$php" 2> /dev/null; do sleep 0.05; done
nginx -e "$run/log" -c "$run/nginx.conf" &
web=$!
while [ ! -s "$run/nginx.pid" ] && kill -0 "$web" 2> /dev/null; do sleep 0.05; done
stop() {
  kill -QUIT "$web" 2> /dev/null || true
  wait "$web" || true
  kill -QUIT "$php" 2> /dev/null || true
  wait "$php" || true
  rm -rf "$run"
  exit 0
}
trap stop TERM INT
echo "PHP answers on port $port"
while kill -0 "$php" 2> /dev/null && kill -0 "$web" 2> /dev/null; do
  sleep 1 &
  wait $! || true
done
kill "$php" "$web" 2> /dev/null || true
echo 'nginx or PHP-FPM ended by itself' >&2
exit 1
`;
