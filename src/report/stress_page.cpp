#include "report/page.hpp"

namespace learningplane::report {

std::string_view stress_page_template() {
  return R"page(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>learningplane stress</title>
<style>
@LOOKS@
</style></head><body><main>
<h1 id="title"></h1><p class="sub" id="sub"></p><div class="tiles" id="tiles"></div>
<h2>Load, planned and measured</h2><p class="legend" id="loadkey"></p><div id="load"></div>
<h2>Phases: how much of the time in each</h2><p class="legend" id="sharekey"></p><div class="panel" id="shares"></div>
<div class="two"><div><h2>How long jobs run</h2><p class="legend" id="durationskey"></p><div class="panel" id="durations"></div></div>
<div><h2>From one arrival to the next</h2><p class="legend" id="arrivalskey"></p><div class="panel" id="arrivals"></div></div></div>
<h2>The check</h2><div class="panel" id="fits"></div><div class="panel" id="distances"></div>
<p class="sub" id="foot"></p></main><div id="tip"></div>
<script id="data" type="application/json">@DATA@</script>
<script>
@FIGURES@
const C=D.check,P=C.phases,MB=1e6;
const blue='#2f6fde',orange='#e07a1f',green='#1a9e77',bad='var(--bad)';
$('title').textContent=`Stress like ${D.source}, against its plan`;
$('sub').textContent=`${D.recording}: ${n0(C.jobs)} of ${n0(D.scheduled_jobs)} jobs, ${n0(C.readings)} readings; schedule of ${dur(D.length_seconds)}, ${D.weighting}, seed ${D.seed}, ${g3(D.speed)} s of the source in one; at most ${g3(D.peak_cores)} cores and ${g3(D.peak_bytes/MB)} MB`;
$('tiles').innerHTML=tiles([['correlation, CPU',no(C.cpu_cores.correlation)?'–':C.cpu_cores.correlation.toFixed(3)],['correlation, memory',no(C.memory_bytes.correlation)?'–':C.memory_bytes.correlation.toFixed(3)],['rows in the planned phase',pct(P.agreement)],['phases, measured to source',no(P.measured_to_source)?'–':P.measured_to_source.toFixed(3)],['durations, KS',no(C.durations_ks)?'–':C.durations_ks.toFixed(3)],['arrivals, KS',no(C.arrivals_ks)?'–':C.arrivals_ks.toFixed(3)]]);
$('loadkey').innerHTML=key(blue,'planned')+key(orange,'measured')+key('var(--soft)','jobs that run');
const ts=[D.cpu.planned,D.cpu.measured,D.memory.planned,D.memory.measured].flatMap(s=>s.t.length?[s.t[0],s.t[s.t.length-1]]:[]),t0=Math.min(...ts),t1=Math.max(...ts);
function load(title,s,f,h){const e=document.createElement('div'),all=Object.values(s).flatMap(x=>x.v),F=frame(W,h,[t0,t1],[0,1.05*high(all)/f||1],times(t0,t1));e.className='panel';const v=x=>x.v.map(y=>y===null?null:y/f);
  e.innerHTML=`<b>${title}</b>`+svg(W,h,F.s+(s.planned?path(line(F,s.planned.t,v(s.planned)),blue,1.5)+path(line(F,s.measured.t,v(s.measured)),orange,1.2):path(steps(F,s.jobs.t,v(s.jobs),t1),'var(--soft)',1.2)),title);
  $('load').append(e);hover(e,F,t=>[stamp(t),...Object.entries(s).map(([n,x])=>`${n} ${g3(v(x)[nearest(x.t,t)])}`)].join('\n'))}
load('CPU, cores',D.cpu,1,230);load('memory, MB',D.memory,MB,230);load('jobs',{jobs:D.jobs},1,110);
$('sharekey').innerHTML=key(green,'at the source','box')+key(blue,'planned','box')+key(orange,'measured','box');
{const k=P.source.length,h=230,lists=[P.source,P.planned,P.measured],cs=[green,blue,orange],F=frame(W,h,[0,k],[0,1.14*high(lists.flat())||1],[],{fmt:v=>pct(v,0)});let s=F.s;
 for(let p=0;p<k;p++){lists.forEach((l,j)=>{if(no(l[p]))return;const x=F.X(p+.12+.26*j),b=F.X(p+.12+.26*j+.24)-x;s+=`<rect x="${x}" width="${b}" y="${F.Y(l[p])}" height="${Math.max(.8,F.Y(0)-F.Y(l[p]))}" rx="1.5" fill="${cs[j]}"/><text x="${x+b/2}" y="${F.Y(l[p])-4}" text-anchor="middle" style="font-size:10px">${k>14?'':pct(l[p])}</text>`});s+=`<text class="value" x="${F.X(p+.5)}" y="${h-5}" text-anchor="middle">phase ${p}</text>`}
 $('shares').innerHTML=svg(W,h,s,'phase shares')}
for(const[id,ks,bound]of[['durations',C.durations_ks,C.durations_ks_bound],['arrivals',C.arrivals_ks,C.arrivals_ks_bound]]){const d=D[id],w=540,h=250;
 $(id+'key').innerHTML=key(green,`source: ${n0(d.source_count)}, median ${dur(d.source_median)}`)+key(orange,`measured: ${n0(d.measured_count)}, median ${dur(d.measured_median)}`)+`<br>Kolmogorov-Smirnov distance ${no(ks)?'–':ks.toFixed(3)}; under ${no(bound)?'–':bound.toFixed(3)} in 95 of 100 samples of one system`;
 if(!d.source.length||!d.measured.length){$(id).textContent='not known';continue}
 const top=Math.max(d.source[d.source.length-1][0],d.measured[d.measured.length-1][0]),u=unit(top,[[2*86400,86400,'d'],[2*3600,3600,'h'],[300,60,'min'],[0,1,'s']]),F=frame(w,h,[0,top||1],[0,1],nice(0,top/u[1],6).map(v=>[v*u[1],`${g3(v)} ${u[2]}`]));
 const curve=a=>{let s=`M${F.X(0).toFixed(1)} ${F.Y(0).toFixed(1)}`;for(const[x,y]of a)s+=`H${F.X(x).toFixed(1)}V${F.Y(y).toFixed(1)}`;return s+`H${F.X(top).toFixed(1)}`};
 $(id).innerHTML=svg(w,h,F.s+path(curve(d.source),green,1.8)+path(curve(d.measured),orange,1.8),`${id}, share at or below`)}
const fit=(n,f,u)=>[n,no(f.correlation)?'–':f.correlation.toFixed(3),g3(f.mean_plan/u,4),no(f.mean_error)?'–':(f.mean_error>=0?'+':'')+g3(f.mean_error/u),f.mean_plan?pct(f.mean_error/f.mean_plan):'–',g3(f.mean_absolute_error/u)];
$('fits').innerHTML=table(['against the plan','correlation','mean planned','mean error','of the plan','mean absolute error'],[fit('CPU, cores',C.cpu_cores,1),fit('memory, MB',C.memory_bytes,MB)]);
const f3=x=>no(x)?'–':x.toFixed(3);
$('distances').innerHTML=table(['distance (0: alike, 1: nothing in common)','','by chance'],[['phase shares, measured to source (total variation)',f3(P.measured_to_source),''],['phase shares, measured to plan',f3(P.measured_to_plan),''],['phase shares, plan to source',f3(P.plan_to_source),''],['durations, measured to source (Kolmogorov-Smirnov)',f3(C.durations_ks),f3(C.durations_ks_bound)],['arrivals, measured to source',f3(C.arrivals_ks),f3(C.arrivals_ks_bound)]]);
$('foot').textContent=`Measured usage was cut into phases again by the source's own model: ${pct(P.agreement)} of ${n0(P.rows)} rows of ${dur(D.step_seconds)} are in the phase that was planned. Durations and arrivals are in the source's time. One unit of the source is ${g3(D.cpu_scale)} cores and ${g3(D.memory_scale/MB)} MB.`;
</script></body></html>
)page";
}

}  // namespace learningplane::report
