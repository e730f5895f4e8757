#!/bin/sh
# The busybox lessons as a bare script types them: the same commands, one after the other, nothing checked.
# What is different from the document: `docker stop` gets no grace period (nor does the lab give one), and the second terminal is
# opened and closed without anybody watching.
set -e
exec >/dev/null 2>&1

docker run docker.io/busybox:latest date
docker run docker.io/busybox:latest date
docker images
docker pull docker.io/busybox:latest

terminal=$(docker run -itd busybox sh)
docker exec "$terminal" ps
docker ps
docker ps -ql
docker exec -itd "$(docker ps -ql)" sh
docker exec "$terminal" ps
docker kill "$terminal"

docker ps -a
docker logs "$(docker ps -ql)"
docker rm "$(docker ps -ql)"
# shellcheck disable=SC2046 # the ids are words
docker rm $(docker ps -aq --filter status=exited)
docker run --rm busybox date

docker run --rm -d --name httpd -p 8080:80 busybox httpd -f -vv
docker ps
until curl -s localhost:8080; do :; done
docker logs httpd
docker stop --time 0 httpd

mkdir -p /appHello
cd /appHello
printf 'FROM busybox:latest\nCOPY hello goodbye /\nCMD [ "/hello" ]\n' >Dockerfile
printf '#!/bin/sh\necho "hello"\n' >hello
printf '#!/bin/sh\necho "goodbye"\n' >goodbye
chmod +x -R /appHello
docker build --no-cache -t greeting .
docker history greeting
docker run --rm greeting
docker run --rm greeting /goodbye
