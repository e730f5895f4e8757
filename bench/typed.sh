#!/bin/sh
# The lessons up to dockerfile as a bare script types them: the same commands, one after the other, nothing checked.
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

docker run --name layer busybox sh -c 'echo hello > /hello'
docker commit layer greeting
docker inspect --format '{{json .RootFS.Layers}}' busybox
docker inspect --format '{{json .RootFS.Layers}}' greeting
docker run --name eraser greeting rm /hello
docker commit eraser greeting:deleted
docker inspect --format '{{json .RootFS.Layers}}' greeting:deleted
docker run --rm greeting cat /hello
docker diff layer
docker run --rm busybox ls /hello || echo "which is what it is to say"
docker rm eraser

docker run -itd --name session busybox sh
docker exec session sh -c 'printf "#!/bin/sh\necho \"Hello\"\n" >hello; chmod +x hello'
printf '#!/bin/sh\necho "Goodbye"\n' >/root/goodbye
chmod +x /root/goodbye
docker cp /root/goodbye session:/goodbye
docker exec session ls -las
docker stop --time 0 session
docker ps -a
docker commit -c 'CMD ["/hello"]' session greeting
docker images
docker run --rm greeting
docker run --rm greeting /goodbye
docker history greeting
docker inspect greeting

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
